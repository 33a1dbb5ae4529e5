"""The colour array on the command line."""

import json

import pytest

from limulator import lattices
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.generate import TOP
from limulator_hdl.graph import Graph

RING = "13 13\n" + "".join(f"{i + 1} {(i + 1) % 13 + 1} {1 - 2 * (i % 2)}\n" for i in range(13))


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "ring.txt"
    path.write_text(RING)
    return path


@pytest.fixture
def torus(tmp_path):
    """A square one, of 4 rows and 6 columns."""
    edges = lattices.square(4, 6, periodic=True).edges
    path = tmp_path / "torus.txt"
    path.write_text("24 48\n" + "".join(f"{i + 1} {j + 1} {1 - 2 * (i % 2)}\n" for i, j in edges))
    return path


@pytest.fixture
def dense(tmp_path):
    """Its fields are too large for a colour array."""
    path = tmp_path / "dense.txt"
    path.write_text("3 3\n1 2 200\n2 3 201\n1 3 1\n")
    return path


def test_solve_and_rerun(limulator, graph, tmp_path):
    options = ["--array", "color", "--sweeps", 60, "--seed", 3, "--replicas", 2]
    code, out, err = limulator("solve", graph, *options, "--out", tmp_path / "run", "--json", tmp_path / "run.json")
    assert (code, err) == (0, "")
    assert "of 13 cells on fast, color array" in out
    document = json.loads((tmp_path / "run.json").read_text())
    assert [document[name] for name in ("array", "lanes", "windows")] == ["color", 5, 3]
    assert [replica["counters"]["attempts"] for replica in document["replicas"]] == [60 * 13] * 2
    for more in ([], ["--backend", "golden"]):
        code, out, err = limulator("rerun", tmp_path / "run", *more)
        assert (code, err) == (0, "")
        assert out.splitlines()[-1] == f"identical to {tmp_path / 'run'}"
    assert limulator("report", tmp_path / "run", "-o", tmp_path / "run.html")[0] == 0


def test_a_deep_array(limulator, torus, tmp_path):
    run = tmp_path / "run"
    code, out, err = limulator("solve", torus, "--array", "deep", "--lanes", 4, "--sweeps", 60, "--out", run)
    assert (code, err) == (0, "")
    assert "of 24 cells on fast, deep array" in out
    assert json.loads((run / "result.json").read_text())["windows"] == 6
    code, out, err = limulator("rerun", run, "--backend", "golden")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"identical to {run}"
    assert limulator("verilog", "--graph", torus, "--deep", "-o", tmp_path / "array.v") == (0, "", "")
    described = json.loads((tmp_path / "array.map.json").read_text())
    shape = ColorShape(**described["shape"])
    assert (shape.deep, shape.lanes, shape.windows) == (1, 6, 4)
    assert described["neighbours"] == [list(row) for row in Graph.torus(6, 4).neighbours]
    assert sorted(described["order"]) == list(range(24))


def test_what_is_no_deep_array(limulator, graph, torus, tmp_path):
    for arguments, said in (
        (["solve", graph, "--array", "deep"], "a deep array holds a square torus with even sides of 4 or more, "),
        (["solve", torus, "--array", "deep", "--lanes", 5], "lanes must be a side of the torus, 4 or 6, got lanes=5"),
        (["verilog", "--graph", graph, "--deep"], "a deep array holds a square torus with even sides of 4 or more, "),
    ):
        code, out, err = limulator(*arguments)
        assert (code, out) == (5, "")
        assert err.startswith(f"limulator: {said}")
        assert err.count("\n") == 1


def test_a_run_directory_without_the_entry_is_of_an_event_array(limulator, graph, tmp_path):
    assert limulator("solve", graph, "--sweeps", 60, "--out", tmp_path / "run", "--quiet")[0] == 0
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["settings"].pop("array") == "event"
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    code, out, _ = limulator("rerun", tmp_path / "run")
    assert code == 0
    assert out.splitlines()[-1] == f"identical to {tmp_path / 'run'}"


def test_the_array_of_a_run_directory_is_checked(limulator, graph, tmp_path):
    assert limulator("solve", graph, "--array", "color", "--sweeps", 60, "--out", tmp_path / "run", "--quiet")[0] == 0
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    config["settings"]["array"] = "hexagonal"
    (tmp_path / "run" / "config.json").write_text(json.dumps(config))
    code, out, err = limulator("rerun", tmp_path / "run")
    assert (code, out) == (8, "")
    assert "is damaged (array must be one of event, color, deep, auto, got array='hexagonal')" in err


@pytest.mark.parametrize(("name", "expected"), [("auto", "color"), ("event", "event")])
def test_the_choice(limulator, graph, tmp_path, name, expected):
    code, out, _ = limulator("solve", graph, "--array", name, "--sweeps", 20, "--json", "-", "--out", tmp_path / "run")
    assert code == 0
    assert json.loads(out)["array"] == expected
    assert json.loads((tmp_path / "run" / "config.json").read_text())["settings"]["array"] == expected


def test_a_dense_problem_is_for_the_event_array(limulator, dense):
    code, out, _ = limulator("solve", dense, "--array", "auto", "--sweeps", 20, "--json", "-")
    assert code == 0
    assert json.loads(out)["array"] == "event"


def test_what_is_refused(limulator, graph, tmp_path):
    found, out, err = limulator("solve", graph, "--array", "color", "--lanes", 0, "--out", tmp_path / "run")
    assert (found, out, err.count("\n")) == (5, "", 1)
    assert "lanes must be 1..1024, got lanes=0" in err
    assert not (tmp_path / "run").exists()


def test_a_problem_that_does_not_fit_is_refused(limulator, dense, tmp_path):
    for command in (["solve", dense, "--array", "color", "--out", tmp_path / "run"], ["verilog", "--graph", dense]):
        code, out, err = limulator(*command)
        assert (code, out, err.count("\n")) == (5, "", 1)
        assert "a threshold for each of its levels, at most 255, and the problem's fields reach 401: use the event" in err
    assert not (tmp_path / "run").exists()


def shown(out, title="colour array"):
    """The rows of a table."""
    table = out[out.index(f"\n{title}") + 1 :].split("\n\n")[0]
    return {name: value.strip() for name, value in (line.split("  ", 1) for line in table.splitlines()[1:])}


def test_info(limulator, graph, dense):
    code, out, _ = limulator("info", graph)
    assert code == 0
    rows = shown(out)
    assert "deep array" not in out
    assert rows["colours"] == "3"
    assert rows["class sizes"] == "1 of 5, 2 of 4"
    assert [rows[name] for name in ("windows", "lanes", "empty positions", "degree", "levels")] == ["3", "5", "2", "2", "1"]
    code, out, _ = limulator("info", dense)
    assert code == 0
    assert "the colour array has a threshold for each of its levels" in " ".join(out.split())


def test_info_of_a_torus(limulator, torus):
    code, out, _ = limulator("info", torus)
    assert code == 0
    for title, lanes in (("colour array", "12"), ("deep array", "6")):
        assert (shown(out, title)["lanes"], shown(out, title)["class sizes"]) == (lanes, "2 of 12")


def test_verilog_of_a_graph(limulator, graph, tmp_path):
    assert limulator("verilog", "--graph", graph, "--lanes", 4, "-o", tmp_path / "array.v") == (0, "", "")
    assert f"module {TOP}(" in (tmp_path / "array.v").read_text()
    described = json.loads((tmp_path / "array.map.json").read_text())
    shape = ColorShape(**described["shape"])
    assert (shape.cells, shape.lanes) == (16, 4)
    assert sorted(described["order"]) == [-1, -1, -1, *range(13)]
    for cell, neighbours in zip(described["order"], described["neighbours"], strict=True):
        beside = {(cell + 1) % 13, (cell - 1) % 13} if cell >= 0 else set()
        assert {described["order"][position] for position in neighbours} == beside
    assert "MAP_HASH" in (tmp_path / "array.map.md").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--cells"),
        (["--cells", 16, "--deep"], "--deep"),
        (["--graph", "GRAPH", "--cells", 13], "--cells"),
        (["--graph", "GRAPH", "--coupling-bits", 3], "bits"),
    ],
)
def test_verilog_of_either(limulator, graph, options, said):
    code, out, err = limulator("verilog", *(graph if option == "GRAPH" else option for option in options))
    assert (code, out) == (2, "")
    assert said in err
