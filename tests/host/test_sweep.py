"""Sweeps: the experiment file, the tasks made of it, their records, tables and page; workers are threads here."""

import json
import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("distributed")
duckdb = pytest.importorskip("duckdb")

from chromium import needs_chromium, open_page, widths  # noqa: E402
from limulator.anneal import solve  # noqa: E402
from limulator.errors import ProblemError, SweepError  # noqa: E402
from limulator.readers import read_problem  # noqa: E402
from limulator.result import state_sha256  # noqa: E402
from limulator.schedule import CURVES, Schedule  # noqa: E402
from limulator.sweep import cluster, tasks  # noqa: E402
from limulator.sweep.grid import Slurm, read_sweep  # noqa: E402
from limulator.sweep.parquet import RESULTS  # noqa: E402
from limulator.sweep.store import Store  # noqa: E402
from limulator.sweep.summary import summarise  # noqa: E402
from limulator.sweep.tasks import perform, plan  # noqa: E402

EXAMPLE = Path(__file__).parents[2] / "examples" / "sweep.toml"
GRAPH = "12 24\n" + "".join(f"{i + 1} {(i + step) % 12 + 1} {1 - i % 3 or 1}\n" for step in (1, 5) for i in range(12))
QUBO = "p qubo 0 3 3 2\n0 0 -1.5\n1 1 1\n2 2 0.5\n0 1 2\n1 2 -3\n"
EXPERIMENT = """
replicas = 5
block = 2
seed = 7
[[problems]]
file = "graph.txt"
[[problems]]
file = "small.qubo"
name = "little <b>"
target = -2.5
[grid]
sweeps = [4, 2]
barrier = [0.0, 1.5]
lanes = [3]
backend = ["golden"]
"""
LEAST = '[[problems]]\nfile = "graph.txt"\n[grid]\nsweeps = [4]\n'


@pytest.fixture
def experiment(tmp_path):
    (tmp_path / "graph.txt").write_text(GRAPH)
    (tmp_path / "small.qubo").write_text(QUBO)
    path = tmp_path / "small.toml"
    path.write_text(EXPERIMENT)
    return path


@pytest.fixture
def threads(monkeypatch):
    """Workers in this process."""

    @contextmanager
    def local(workers):
        from distributed import Client

        with Client(processes=False, n_workers=workers, threads_per_worker=1, dashboard_address=":0") as client:
            yield client

    monkeypatch.setattr(cluster, "local", local)


def table(path, query="*"):
    return duckdb.sql(f"SELECT {query} FROM read_parquet($path)", params={"path": str(path)})


def refusal(text, tmp_path):
    """What is said of an experiment file, less the file's name."""
    path = tmp_path / "refused.toml"
    path.write_text(text)
    with pytest.raises(SweepError) as refused:
        read_sweep(path)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"{path}")
    return message.removeprefix(f"{path}").removeprefix(": ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('replicas = "3"\n' + LEAST, "replicas = '3': must be a whole number of runs of each combination, at least 1"),
        ("block = 0\n" + LEAST, "block = 0: must be a whole number of replicas in a task, at least 1"),
        ("seed = -1\n" + LEAST, "seed = -1: must be the first replica's seed, a whole number, not negative"),
        ("sedd = 1\n" + LEAST, "unknown key sedd = 1: use one of problems, grid, replicas, block, seed, slurm"),
        (
            LEAST.replace("[4]", "[4, 2.5]"),
            "grid.sweeps[1] = 2.5: sweeps must be a list of whole numbers, such as [100, 1000]",
        ),
        (LEAST.replace("[4]", "[]"), "grid.sweeps = []: must be a list of whole numbers, such as [100, 1000]"),
        (LEAST.replace("[4]", "4"), "grid.sweeps = 4: must be a list of whole numbers, such as [100, 1000]"),
        (LEAST.replace("[4]", "[0]"), "grid.sweeps[0] = 0: sweeps must be 1..4294967295, got sweeps=0"),
        (LEAST.replace("[4]", "[4, 4]"), "grid.sweeps has 4 twice: leave one out"),
        (LEAST + 'array = ["wide"]\n', "grid.array[0] = 'wide': array must be a list out of event, color, deep, auto"),
        (LEAST + 'array = ["auto", "event"]\n', "grid.array has 'auto' beside what it may stand for: leave one out"),
        (LEAST.replace("sweeps", "sweep"), "unknown key grid.sweep = [4]: use one of sweeps, curve, beta_min, beta_max, "),
        (LEAST + 'curve = ["steep"]', f"grid.curve[0] = 'steep': curve must be a list out of {', '.join(CURVES)}"),
        (LEAST + "beta_max = [nan]", "grid.beta_max[0] = nan: beta_max must be finite and not negative, got beta_max=nan"),
        (LEAST + "barrier = [32]", "grid.barrier[0] = 32.0: the barrier must be 0 <= E0 < 32 bits, got 32.0"),
        (LEAST + 'backend = ["abacus"]', "grid.backend[0] = 'abacus': no backend named 'abacus': use one of "),
        (LEAST + "[slurm]\ncores = 2", 'slurm.memory is missing: give the memory of a job, such as "4GB"'),
        ("[grid]\nsweeps = [4]", "problems is missing: give tables [[problems]], each with a file"),
        (
            LEAST.replace("file", "fill"),
            "unknown key problems[0].fill = 'graph.txt': use one of file, name, target, levels",
        ),
        (
            LEAST.replace('"graph.txt"', "3"),
            "problems[0].file = 3: must be the path of a problem, from the directory of the ",
        ),
        ('[[problems]]\nfile = "b/graph.mc"\n' + LEAST, "problems[1]: there is a problem 'graph' already: give this one "),
        (
            LEAST.replace("[grid]", "target = inf\n[grid]"),
            "problems[0].target = inf: must be finite: leave it out for the ",
        ),
        (LEAST + "= 3", " is not TOML: "),
        (LEAST + LEAST, " is not TOML: "),
    ],
)
def test_what_is_said_of_a_bad_file(text, message, tmp_path):
    assert refusal(text, tmp_path).startswith(message)


@settings(max_examples=150, deadline=None)
@given(
    key=st.sampled_from(["replicas", "block", "seed", "grid", "problems", "grid.sweeps", "grid.barrier", "grid.curve"]),
    value=st.one_of(
        st.text("ab'\"\\\n", max_size=4), st.floats(), st.booleans(), st.dates(), st.lists(st.text("a", max_size=2))
    ),
)
def test_any_value_of_a_wrong_type_is_named(key, value, tmp_path_factory):
    good = {"replicas": 3, "block": 2, "seed": 1, "problems": [{"file": "a"}], "grid": {"sweeps": [4]}}
    table, name = (good["grid"], key.removeprefix("grid.")) if "." in key else (good, key)
    table[name] = value
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(toml(good))
    with pytest.raises(SweepError) as refused:
        read_sweep(path)
    assert str(refused.value).startswith(f"{path}: {key}")
    assert "\n" not in str(refused.value)


def toml(document):
    """msgspec writes TOML with a package of its own; JSON's values, nan and dates apart, are TOML's."""

    def value(x):
        if isinstance(x, float):
            return str(x) if x != x or abs(x) == np.inf else repr(x)
        if isinstance(x, dict):
            return "{" + ", ".join(f"{k} = {value(v)}" for k, v in x.items()) + "}"
        if isinstance(x, list):
            return "[" + ", ".join(map(value, x)) + "]"
        return json.dumps(x) if isinstance(x, str | int) else x.isoformat()

    return "".join(f"{k} = {value(v)}\n" for k, v in document.items()).encode()


@given(sizes=st.tuples(*[st.integers(1, 3)] * 4), replicas=st.integers(1, 9), block=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_the_grid_is_every_combination_once(sizes, replicas, block, tmp_path_factory):
    place = tmp_path_factory.getbasetemp()
    (place / "graph.txt").write_text(GRAPH)
    axes = [[1, 2, 3], ["linear", "geometric", "log"], [0.0, 1.0, 2.0], [2, 3, 4]]
    names = ("sweeps", "curve", "barrier", "lanes")
    grid = {name: values[:size] for name, values, size in zip(names, axes, sizes, strict=True)}
    path = place / "grid.toml"
    path.write_bytes(toml({"replicas": replicas, "block": block, "problems": [{"file": "graph.txt"}], "grid": grid}))
    made = plan(read_sweep(path), place)
    assert made.failures == []
    every = [(*(getattr(task.configuration, name) for name in names), seed) for task in made.tasks for seed in task.seeds]
    assert len(every) == len(set(every)) == np.prod(sizes) * replicas
    assert max(task.replicas for task in made.tasks) <= block
    assert len({task.identity for task in made.tasks}) == len(made.tasks)


def test_an_identity_is_what_decides_the_outcome(experiment):
    def identities(text):
        experiment.write_text(text)
        return [task.identity for task in plan(read_sweep(experiment), experiment.parent).tasks]

    before = identities(EXPERIMENT)
    assert len(before) == len(set(before)) == 24
    assert identities(EXPERIMENT.replace("target = -2.5", "target = -3")) == before
    assert identities(EXPERIMENT.replace("replicas = 5", "replicas = 6"))[0] == before[0]
    for old, new in (("seed = 7", "seed = 8"), ("[4, 2]", "[40, 20]"), ("[3]", "[1]"), ('["golden"]', '["icarus"]')):
        assert not set(identities(EXPERIMENT.replace(old, new))) & set(before)
    experiment.with_name("small.qubo").write_text(QUBO.replace("-3", "-6"))
    assert identities(EXPERIMENT)[:12] == before[:12]
    assert not set(identities(EXPERIMENT)[12:]) & set(before)


def test_too_many_tasks(experiment):
    experiment.write_text(LEAST.replace("[4]", str(list(range(1, 11)))).replace("[[", "replicas = 20000\nblock = 1\n[[", 1))
    with pytest.raises(SweepError, match="200000 tasks, more than 100000: use fewer values, or larger blocks"):
        plan(read_sweep(experiment), experiment.parent)


@pytest.mark.parametrize(("asked", "arrays"), [(["event", "color"], ["event", "color"]), (["auto"], ["color"])])
def test_arrays(asked, arrays, experiment):
    experiment.write_text(LEAST + f"array = {asked}\n")
    made = plan(read_sweep(experiment), experiment.parent)
    assert [task.configuration.array for task in made.tasks] == arrays
    problem = made.problems["graph"]
    found = set()
    for task, array in zip(made.tasks, arrays, strict=True):
        record = perform(task, problem)
        result = solve(problem, sweeps=4, array=array, replicas=task.replicas)
        states = tuple(state_sha256(outcome.x, 1) for outcome in result.outcomes)
        assert tuple(replica.state_sha256 for replica in record.replicas) == states
        assert record.task.configuration.lanes == result.shape.lanes
        found.add(states)
    assert len(found) == len(arrays)


def test_the_table_is_what_solve_finds(limulator, experiment, threads, tmp_path):
    out = tmp_path / "out's [1]*"
    code, said, err = limulator("sweep", experiment, "--workers", 1, "--out", out)
    assert (code, err) == (0, "")
    assert said.startswith("24 of 24 tasks done")
    found = table(out / "results.parquet")
    assert dict(zip(found.columns, map(str, found.types), strict=True)) == RESULTS
    assert not {"wall_s", "seconds", "clocks", "time"} & set(RESULTS)
    rows = iter([dict(zip(found.columns, row, strict=True)) for row in found.fetchall()])
    for name, file in (("graph", "graph.txt"), ("little <b>", "small.qubo")):
        problem = read_problem(tmp_path / file)
        for sweeps in (4, 2):
            for barrier in (0.0, 1.5):
                schedule = Schedule.automatic(problem, sweeps, barrier=barrier)
                result = solve(problem, schedule, backend="golden", lanes=3, replicas=5, seed=7)
                for k, outcome in enumerate(result.outcomes):
                    row = next(rows)
                    assert (row["problem"], row["digest"], row["seed"]) == (name, problem.digest(), 7 + k)
                    assert (row["sweeps"], row["barrier"], row["lanes"], row["backend"]) == (sweeps, barrier, 3, "golden")
                    assert (row["curve"], row["beta_min"], row["beta_max"]) == (
                        *("geometric", schedule.beta_min),
                        schedule.beta_max,
                    )
                    record = result.records[k]
                    assert {counter: row[counter] for counter in record.dtype.names} == dict(
                        zip(record.dtype.names, record.tolist(), strict=True)
                    )
                    assert (row["heat_bits"], row["work_bits"]) == (result.heat_bits[k], result.work_bits[k])
                    assert row["best_value"] == problem.value(outcome.best)
                    assert row["best_cut"] == (problem.cut(outcome.best) if name == "graph" else None)
                    assert row["state_sha256"] == state_sha256(outcome.x, 1)
    assert next(rows, None) is None
    timings = table(out / "timings.parquet", "task, seed").fetchall()
    assert timings == table(out / "results.parquet", "task, seed").fetchall()
    assert json.loads((out / "sweep.json").read_text())["versions"]["numpy"] == np.__version__
    assert (out / "experiment.toml").read_text() == EXPERIMENT


def test_a_longer_grid_runs_what_is_new(limulator, experiment, threads, tmp_path):
    out = tmp_path / "out"
    assert limulator("sweep", experiment, "--workers", 1, "--out", out)[0] == 0
    before = {path: path.stat().st_mtime_ns for path in (out / "tasks").iterdir()}
    table_before = (out / "results.parquet").read_bytes()
    experiment.write_text(EXPERIMENT.replace("[4, 2]", "[2, 4, 8]"))
    code, said, _ = limulator("sweep", experiment, "--workers", 1, "--out", out)
    assert code == 0
    assert said.startswith("24 of 36 tasks are done already\n36 of 36 tasks done")
    after = {path: path.stat().st_mtime_ns for path in (out / "tasks").iterdir()}
    assert len(after) == 36
    assert {path: after[path] for path in before} == before
    assert set(table(out / "results.parquet", "sweeps").fetchall()) == {(2,), (4,), (8,)}
    # and back again, without a task
    experiment.write_text(EXPERIMENT)
    assert limulator("sweep", experiment, "--out", out, "--quiet") == (0, "", "")
    assert (out / "results.parquet").read_bytes() == table_before


def test_a_failure_does_not_lose_the_others(limulator, experiment, threads, tmp_path, monkeypatch):
    def sometimes(problem, schedule, **arguments):
        if arguments["seed"] == 9 and schedule.sweeps == 4:
            raise ProblemError("this one does not work")
        if arguments["seed"] == 11 and schedule.barrier:
            raise ZeroDivisionError("nor does this")
        return solve(problem, schedule, **arguments)

    monkeypatch.setattr(tasks, "solve", sometimes)
    (tmp_path / "small.qubo").write_text("p qubo 0 3 3 2\nnonsense\n")
    experiment.write_text(EXPERIMENT.replace("lanes = [3]", "lanes = [3, 5]"))
    out = tmp_path / "out"
    code, said, err = limulator("sweep", experiment, "--workers", 1, "--out", out)
    lines = err.splitlines()
    assert code == SweepError.exit_code == 11
    assert said.startswith("8 of 48 tasks done, 40 failed, saved in ")
    assert (
        lines[0]
        == "limulator: graph: 12 tasks failed: lanes must divide the 12 cells, got lanes=5: use one of 1, 2, 3, 4, 6, 12"
    )
    assert lines[1].startswith("limulator: little <b>: 24 tasks failed: ")
    assert "line 2" in lines[1]
    for end, sweeps in (
        ("seeds 9 to 10: 1 task failed: this one does not work", {4}),
        ("seeds 11 to 11: 1 task failed: ZeroDivisionError: nor does this", {2, 4}),
    ):
        found = [line for line in lines[2:6] if line.endswith(end)]
        assert len(found) == 2
        assert {int(line.split(", ")[2].split()[0]) for line in found} == sweeps
        assert all(line.startswith("limulator: graph, geometric, ") for line in found)
    assert lines[6].startswith("limulator: 8 of 48 tasks done, 40 failed: mend what the lines above say")
    assert len(lines) == 7
    assert table(out / "results.parquet", "count(*)").fetchall() == [(14,)]
    page = (out / "index.html").read_text()
    assert "ZeroDivisionError: nor does this" in page
    monkeypatch.undo()
    (tmp_path / "small.qubo").write_text(QUBO)
    experiment.write_text(EXPERIMENT)
    code, said, err = limulator("sweep", experiment, "--workers", 1, "--out", out)
    assert (code, err) == (0, "")
    assert said.startswith("8 of 24 tasks are done already")


def test_a_damaged_record_is_run_again(limulator, experiment, threads, tmp_path):
    experiment.write_text(LEAST)
    out = tmp_path / "out"
    assert limulator("sweep", experiment, "--workers", 1, "--out", out)[0] == 0
    table_before = (out / "results.parquet").read_bytes()
    (path,) = (out / "tasks").iterdir()
    good = path.read_bytes()
    other = json.loads(good)
    other["task"]["seed"] = 99
    made = plan(read_sweep(experiment), tmp_path).tasks
    for damage in (b"", good[: len(good) // 2], b"\xff", json.dumps(other).encode()):
        path.write_bytes(damage)
        store = Store(out)
        with store.opened():
            assert store.begin(experiment, made) == {}
        assert store.damaged == [path]
    (out / "tasks" / "half.json.tmp").write_text("{")
    code, said, err = limulator("sweep", experiment, "--workers", 1, "--out", out)
    assert (code, err) == (0, "")
    assert said.startswith(f"{path} is damaged: its task is run again\n")
    assert (out / "results.parquet").read_bytes() == table_before
    assert [each.name for each in (out / "tasks").iterdir()] == [path.name]


def test_nothing_that_can_be_run(limulator, experiment, tmp_path):
    experiment.write_text(LEAST.replace("graph.txt", "nowhere.txt"))
    out = tmp_path / "out"
    code, said, err = limulator("sweep", experiment, "--out", out)
    assert (code, err.count("\n")) == (11, 2)
    assert said.startswith("0 of 1 tasks done, 1 failed")
    assert err.startswith(f"limulator: nowhere: 1 task failed: {tmp_path / 'nowhere.txt'}: no such file\n")
    assert table(out / "results.parquet").fetchall() == []


def test_directories_of_others_are_refused(limulator, experiment, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("")
    for out in ("mine", "graph.txt"):
        code, said, err = limulator("sweep", experiment, "--out", tmp_path / out)
        assert (code, said) == (8, "")
        assert err == f"limulator: {tmp_path / out} exists and holds no sweep: choose another --out, or remove it\n"
    store = Store(tmp_path / "out")
    made = plan(read_sweep(experiment), tmp_path)
    with store.opened():
        store.begin(experiment, made.tasks)
        store.commit(perform(made.tasks[0], made.problems["graph"]))
    experiment.write_text(EXPERIMENT.replace("seed = 7", "seed = 8"))
    code, said, err = limulator("sweep", experiment, "--out", tmp_path / "out")
    assert (code, said) == (11, "")
    assert f"{tmp_path / 'out'} holds a sweep, but no task of {experiment}: " in err
    assert (tmp_path / "out" / "experiment.toml").read_text() == EXPERIMENT


def test_a_directory_that_cannot_be_written(limulator, experiment):
    out = experiment / "out"
    code, _, err = limulator("sweep", experiment, "--out", out)
    assert (code, err) == (8, f"limulator: cannot write to {out}: Not a directory: choose another --out\n")


def test_one_at_a_time(limulator, experiment, tmp_path):
    out = tmp_path / "out"
    with Store(out).opened():
        code, said, err = limulator("sweep", experiment, "--out", out)
    assert (code, said) == (11, "")
    assert err.startswith(f"limulator: another sweep is at work in {out} (process {os.getpid()} on ")
    with Store(out).opened():  # the file is still there, but nobody holds it
        pass


@pytest.mark.parametrize("package", ["distributed", "dask_jobqueue", "duckdb"])
def test_without_the_extra(limulator, experiment, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    code, said, err = limulator("sweep", experiment, "--out", tmp_path / "out")
    assert (code, said) == (11, "")
    assert err == f"limulator: {package} is missing, which sweeps need: pip install 'limulator[dask]'\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--workers 0", "workers must be at least 1, got --workers 0"),
        ("--workers 2 --slurm", "--workers, --scheduler and --slurm are three places to run: choose one"),
        ("--slurm", "--slurm needs a table [slurm] in the experiment file, at least with memory"),
        ("--scheduler nowhere", "no scheduler at nowhere (missing port number in address 'nowhere'): start one with "),
    ],
)
def test_refused_options(limulator, experiment, tmp_path, options, message):
    code, said, err = limulator("sweep", experiment, "--out", tmp_path / "out", *options.split())
    assert (code, said) == (11, "")
    assert err.startswith(f"limulator: {message}")


def test_no_such_file(limulator, tmp_path):
    code, _, err = limulator("sweep", tmp_path / "nothing.toml")
    assert code == 11
    assert (
        err == f"limulator: cannot read {tmp_path / 'nothing.toml'}: No such file or directory: name an experiment file\n"
    )


def test_the_job_that_slurm_is_given():
    pytest.importorskip("dask_jobqueue")
    options = Slurm(
        memory="8GB",
        jobs=2,
        cores=4,
        walltime="02:30:00",
        queue="short",
        account="physics",
        directives=("--exclusive",),
        prologue=("module load python",),
    )
    with cluster.slurm_cluster(options) as slurm:
        script = slurm.job_script()
    for line in ("-p short", "-A physics", "--cpus-per-task=4", "-t 02:30:00", "--exclusive"):
        assert f"#SBATCH {line}\n" in script
    for line in ("export NUMBA_NUM_THREADS=1", "export OMP_NUM_THREADS=1", "module load python"):
        assert f"\n{line}\n" in script
    command = shlex.split(script.splitlines()[-1] if script.endswith("\n") else script.rsplit("\n", 1)[1])
    assert command[0] == sys.executable
    options = dict(zip(command, command[1:], strict=False))
    assert (options["--nthreads"], options["--nworkers"]) == ("1", "4")
    with pytest.raises(SweepError, match=r"the \[slurm\] table is refused: Could not interpret 'much' as a byte unit"):
        cluster.slurm_cluster(Slurm(memory="much"))


def test_the_numbers_of_the_summary(experiment):
    sweep = read_sweep(experiment)
    made = plan(sweep, experiment.parent)
    found = [perform(task, made.problems[task.configuration.problem]) for task in made.tasks]
    assert msgspec.json.decode(msgspec.json.encode(found), type=list[tasks.Record]) == found
    graph, little = summarise(sweep, found)
    assert (graph.quality, little.quality, little.given, graph.given) == ("cut", "value", True, False)
    assert graph.target == max(point.best.max() for point in graph.points)
    assert (graph.varied, graph.axis) == (["sweeps", "barrier"], "sweeps")
    assert [series.label for series in graph.series] == ["barrier 0", "barrier 1.5"]
    assert [[point.configuration.sweeps for point in series.points] for series in graph.series] == [[2, 4], [2, 4]]
    problem = made.problems["little <b>"]
    result = solve(problem, Schedule.automatic(problem, 4), backend="golden", lanes=3, replicas=5, seed=7)
    point = little.points[0]
    values = np.array([problem.value(outcome.best) for outcome in result.outcomes])
    np.testing.assert_array_equal(point.best, values)
    np.testing.assert_array_equal(point.solved, values <= -2.5)
    assert point.mean_best == pytest.approx((values.mean(), values.std(ddof=1) / np.sqrt(5)))
    assert point.heat_bits.value == pytest.approx(result.heat_bits.mean())


def test_the_best_of_what_is_maximised_is_the_largest(experiment):
    sweep = read_sweep(experiment)
    made = plan(sweep, experiment.parent)
    (task, *_) = (task for task in made.tasks if task.configuration.problem == "little <b>")
    sweep = msgspec.structs.replace(sweep, problems=tuple(msgspec.structs.replace(p, target=None) for p in sweep.problems))
    upside_down = msgspec.structs.replace(task.configuration, scale=-task.configuration.scale)
    record = perform(msgspec.structs.replace(task, configuration=upside_down), made.problems["little <b>"])
    (little,) = summarise(sweep, [record])
    assert little.target == max(replica.best_value for replica in record.replicas)
    assert little.points[0].solved.any()


@needs_chromium
def test_the_page_in_a_browser(limulator, experiment, threads, tmp_path):
    out = tmp_path / "out"
    assert limulator("sweep", experiment, "--workers", 1, "--out", out)[0] == 0
    document, said = open_page(out / "index.html", tmp_path / "profile")
    assert said == []
    assert document.count("js-plotly-plot") == 4
    assert "24 of 24 tasks done" in document
    assert "little &lt;b&gt;" in document
    assert [wide <= place for wide, place in widths([out / "index.html"], tmp_path / "profile")] == [True]


def test_the_example_can_be_run():
    made = plan(read_sweep(EXAMPLE), EXAMPLE.parent)
    assert made.failures == []
    assert len(made.tasks) == 40
