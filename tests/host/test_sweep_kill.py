"""A sweep that is killed, or loses a worker, or is interrupted, goes on and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("distributed")
pytest.importorskip("duckdb")
psutil = pytest.importorskip("psutil")

TASKS = 12
EXPERIMENT = """
replicas = 192
block = 16
seed = 3
[[problems]]
file = "ring.txt"
[grid]
sweeps = [250]
backend = ["golden"]
"""
RING = "40 40\n" + "".join(f"{i + 1} {(i + 1) % 40 + 1} {1 - i % 3 or 1}\n" for i in range(40))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    place = tmp_path_factory.mktemp("experiment")
    (place / "ring.txt").write_text(RING)
    (place / "ring.toml").write_text(EXPERIMENT)
    return place / "ring.toml"


@pytest.fixture(scope="module")
def undisturbed(experiment, tmp_path_factory):
    """Bytes of the table of a sweep that nothing happened to."""
    out = tmp_path_factory.mktemp("out") / "undisturbed"
    assert finished(started(experiment, out)) == (0, "")
    return (out / "results.parquet").read_bytes()


def started(experiment, out, workers=1):
    command = [sys.executable, "-m", "limulator", "sweep", experiment, "--workers", str(workers), "--out", out]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finished(process):
    _, err = process.communicate(timeout=300)
    return process.returncode, err


def records(out):
    """Records by name, with the time at which each was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / "tasks").glob("*.json")}


def wait_for_records(process, out, count):
    while len(records(out)) < count:
        assert process.poll() is None
        time.sleep(0.02)


def workers(process):
    children = psutil.Process(process.pid).children()
    return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]


def test_kill_9_of_the_sweep(experiment, undisturbed, tmp_path):
    out = tmp_path / "killed [1]"
    process = started(experiment, out, workers=2)
    wait_for_records(process, out, 2)
    orphans = workers(process)
    assert len(orphans) == 2
    process.kill()
    process.communicate()
    before = records(out)
    assert 2 <= len(before) < TASKS
    assert not (out / "results.parquet").exists()
    _, alive = psutil.wait_procs(orphans, timeout=10)
    assert alive == []
    assert finished(started(experiment, out)) == (0, "")  # the lock of the dead does not block
    after = records(out)
    assert len(after) == TASKS
    assert {name: after[name] for name in before} == before  # none was run twice
    assert (out / "results.parquet").read_bytes() == undisturbed


def test_kill_9_of_a_worker_then_ctrl_c(experiment, undisturbed, tmp_path):
    out = tmp_path / "bereft"
    process = started(experiment, out, workers=2)
    wait_for_records(process, out, 1)
    workers(process)[0].kill()
    wait_for_records(process, out, 3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all processes hear it
    code, said = finished(process)
    assert code == 130
    assert said.startswith("limulator: interrupted, this goes on: limulator sweep ")
    assert said.count("\n") == 1
    before = records(out)
    assert 3 <= len(before) < TASKS
    assert "tasks done</p>" in (out / "index.html").read_text()
    assert finished(started(experiment, out)) == (0, "")
    after = records(out)
    assert {name: after[name] for name in before} == before
    assert (out / "results.parquet").read_bytes() == undisturbed
