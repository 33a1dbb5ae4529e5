"""Run directories: everything survives the round trip, and damage is noticed."""

import json
import shutil

import numpy as np
import pytest

from limulator.anneal import solve
from limulator.errors import RunDirectoryError
from limulator.problem import Problem
from limulator.rundir import RunDirectory
from limulator.schedule import Schedule

SETTINGS = {"backend": "golden", "lanes": 2, "replicas": 3, "seed": 11, "temperature_K": 77.5}
PROBLEMS = {
    "max-cut": Problem.max_cut({(0, 1): 0.5, (1, 2): -1.5, (2, 3): 1}, name="größe [1]"),
    "box": Problem.box(np.diag([2, 4, 6, 8]) + 2, [-30, 5, -7, 1], 5, offset=0.25, name="box"),
    "quantised": Problem.ising({(0, 3): np.pi, (1, 2): -np.e}, [0.1, 0, 0, 0], levels=100),
    "uncoupled": Problem(np.zeros((4, 4)), [1, -2, 3, 0]),
}
SCHEDULE = Schedule("fowler-nordheim", 40, 0.125, 2.5, barrier=1.5, barrier_end=0.5)


@pytest.fixture
def finished(tmp_path):
    """A directory that holds a complete run."""
    directory = RunDirectory(tmp_path / "run")
    directory.begin(PROBLEMS["max-cut"], SCHEDULE, SETTINGS)
    directory.finish(solve(PROBLEMS["max-cut"], SCHEDULE, **SETTINGS))
    return directory


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_to_be_run_survives(tmp_path, name):
    directory = RunDirectory(tmp_path / "new" / "run")
    directory.begin(PROBLEMS[name], SCHEDULE, SETTINGS)
    problem, schedule, settings = directory.read()
    assert problem.digest() == PROBLEMS[name].digest()
    for field in ("bits", "kind", "name", "scale", "offset", "quantisation_error"):
        assert getattr(problem, field) == getattr(PROBLEMS[name], field)
    assert schedule == SCHEDULE
    assert settings == SETTINGS
    assert directory.read_result() is None


def test_a_finished_run_holds_result_log_and_report(finished):
    result = solve(PROBLEMS["max-cut"], SCHEDULE, **SETTINGS)
    found = finished.read_result()
    expected = json.loads(json.dumps(result.as_dict()))
    assert found | {"wall_s": 0} == expected | {"wall_s": 0}
    with np.load(finished.path / "log.npz") as log:
        for k, outcome in enumerate(result.outcomes):
            assert log[f"replica{k}"].tolist() == outcome.log.tolist()
            assert log[f"sweeps{k}"].tolist() == outcome.sweeps.tolist()
    page = (finished.path / "report.html").read_text()
    assert "energy U" in page
    assert "counters close" in page
    finished.compare(found, result)


def test_an_occupied_place_is_refused(tmp_path, finished):
    (tmp_path / "file").write_text("")
    before = sorted(finished.path.iterdir())
    for path in (finished.path, tmp_path / "file"):
        with pytest.raises(RunDirectoryError, match=f"{path} exists already: choose"):
            RunDirectory(path).begin(PROBLEMS["box"], SCHEDULE, SETTINGS)
    with pytest.raises(RunDirectoryError, match=r"cannot write to .*file/run: .*: choose"):
        RunDirectory(tmp_path / "file" / "run").begin(PROBLEMS["box"], SCHEDULE, SETTINGS)
    assert sorted(finished.path.iterdir()) == before


def test_a_refused_run_leaves_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "new"):
        directory = RunDirectory(tmp_path / name)
        directory.begin(PROBLEMS["box"], SCHEDULE, SETTINGS)
        directory.discard()
    assert [list(path.iterdir()) for path in tmp_path.iterdir()] == [[]]


def edit_config(path, change):
    config = json.loads((path / "config.json").read_text())
    change(config)
    (path / "config.json").write_text(json.dumps(config))


def garble(path):
    content = bytearray((path / "problem.npz").read_bytes())
    start = content.index(b"linear.npy") + 30
    content[start : start + 20] = bytes(range(100, 120))
    (path / "problem.npz").write_bytes(content)


DAMAGE = {
    "garbled problem": garble,
    "no directory": shutil.rmtree,
    "no problem": lambda path: (path / "problem.npz").unlink(),
    "no config": lambda path: (path / "config.json").unlink(),
    "truncated problem": lambda path: (path / "problem.npz").write_bytes((path / "problem.npz").read_bytes()[:300]),
    "flipped problem": lambda path: (path / "problem.npz").write_bytes(
        (path / "problem.npz").read_bytes().replace(b"PK", b"KP")
    ),
    "empty problem": lambda path: (path / "problem.npz").write_bytes(b""),
    "problem without couplings": lambda path: np.savez(path / "problem.npz", linear=[1, 2]),
    "no json": lambda path: (path / "config.json").write_text("{"),
    "binary json": lambda path: (path / "config.json").write_bytes(b"\xff\xfe"),
    "a list": lambda path: (path / "config.json").write_text("[]"),
    "another format": lambda path: edit_config(path, lambda config: config.update(format=99)),
    "no schedule": lambda path: edit_config(path, lambda config: config.pop("schedule")),
    "a schedule of text": lambda path: edit_config(path, lambda config: config["schedule"].update(sweeps="many")),
    "a schedule too hot": lambda path: edit_config(path, lambda config: config["schedule"].update(beta_max=-1)),
    "an unknown word": lambda path: edit_config(path, lambda config: config["schedule"].update(colour=1)),
    "no seed": lambda path: edit_config(path, lambda config: config["settings"].pop("seed")),
    "versions in a list": lambda path: edit_config(path, lambda config: config.update(versions=[])),
    "a version of two": lambda path: edit_config(path, lambda config: config["versions"].update(numpy=[1, 2])),
    "no versions": lambda path: edit_config(path, lambda config: config.pop("versions")),
    "no replicas": lambda path: edit_config(path, lambda config: config["settings"].update(replicas=0)),
    "a seed below 0": lambda path: edit_config(path, lambda config: config["settings"].update(seed=-1)),
    "too hot": lambda path: edit_config(path, lambda config: config["settings"].update(temperature_K=10**400)),
    "too cold": lambda path: edit_config(path, lambda config: config["settings"].update(temperature_K=0)),
    "half a seed": lambda path: edit_config(path, lambda config: config["settings"].update(seed=0.5)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_noticed(finished, damage):
    DAMAGE[damage](finished.path)
    with pytest.raises(RunDirectoryError, match=r"is not a run directory, or is damaged \(.+\): solve") as caught:
        finished.read()
    assert str(finished.path) in str(caught.value)


@pytest.mark.parametrize("damage", ["versions in a list", "a version of two", "no versions", "no config"])
def test_damaged_versions_are_noticed(finished, damage):
    DAMAGE[damage](finished.path)
    with pytest.raises(RunDirectoryError, match=r"is damaged \(.+\): solve"):
        finished.versions()


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(replicas=[]),
        lambda found: found.update(replicas=found["replicas"] * 2),
        lambda found: found["replicas"][1].update(clocks="q"),
        lambda found: found["replicas"][1].update(clocks=-1),
        lambda found: found["replicas"][1].update(clocks=10**400),
        lambda found: found["replicas"][1].update(state=5),
        lambda found: found.update(wall_s=10**400),
        lambda found: found.update(wall_s="nan"),
    ],
)
def test_a_result_that_cannot_be_shown_is_noticed(finished, change):
    found = json.loads((finished.path / "result.json").read_text())
    change(found)
    (finished.path / "result.json").write_text(json.dumps(found))
    with pytest.raises(RunDirectoryError, match=r"is damaged \(.+\): solve"):
        finished.load()


@pytest.mark.parametrize("text", ["", "[]", "{}", '"text"', "null"])
def test_a_damaged_result_is_noticed(finished, text):
    (finished.path / "result.json").write_text(text)
    with pytest.raises(RunDirectoryError, match=r"result\.json is damaged: remove it"):
        finished.read_result()


def change_counter(found):
    found["replicas"][2]["counters"]["up"] += 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_counter, "has up of seed 13 [0-9]+, the run gives"),
        (lambda found: found["replicas"][0].update(state_sha256="0" * 64), "has state of seed 11 0+, the run gives"),
        (lambda found: found.update(digest="another"), "has digest another, the run gives"),
        (lambda found: found["replicas"].pop(), "result.json has .* values, the run gives"),
        (lambda found: found["replicas"][1].pop("counters"), "result.json is damaged"),
        (lambda found: found.update(replicas=5), "result.json is damaged"),
    ],
)
def test_another_result_is_noticed(finished, change, said):
    found = finished.read_result()
    change(found)
    with pytest.raises(RunDirectoryError, match=said):
        finished.compare(found, solve(PROBLEMS["max-cut"], SCHEDULE, **SETTINGS))


def test_an_interrupted_result_is_nothing_to_compare_with(finished):
    found = finished.read_result() | {"complete": False}
    (finished.path / "result.json").write_text(json.dumps(found))
    assert finished.read_result() is None
