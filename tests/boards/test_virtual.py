"""A virtual board from the outside: problems over its port, hosts that vanish, and noise."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from importlib.resources import files
from time import monotonic

import networkx as nx
import numpy as np
import pytest

from agreement import outcomes
from limulator import Problem, Schedule, solve
from limulator.backends import Watch
from limulator.errors import BoardError, RangeError, SimulatorError
from limulator_boards.serial import SerialLink
from limulator_boards.virtual import VirtualPort
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Status
from limulator_sim.driver import Driver

RING = Problem.max_cut(nx.cycle_graph(12), name="ring")


@pytest.mark.parametrize(("where", "cells"), [("url", 12), ("terminal", 12), ("url", 7)])
def test_a_problem_over_the_line_equals_the_golden_model(board: VirtualPort, shape: Shape, where: str, cells: int) -> None:
    """Problems with as many cells as the array, and with fewer."""
    problem = Problem.max_cut(nx.cycle_graph(cells))
    schedule = Schedule.automatic(problem, 200)
    name = f"serial:{getattr(board, where)}"
    found = solve(problem, schedule, backend=name, replicas=2, seed=5)
    assert found.shape == shape
    assert found.backend == name
    golden = solve(problem, schedule, backend="golden", shape=found.shape, replicas=2, seed=5)
    assert outcomes(found) == outcomes(golden)
    assert [outcome.log.tolist() for outcome in found.outcomes] == [outcome.log.tolist() for outcome in golden.outcomes]
    assert found.records["attempts"].tolist() == [200 * cells] * 2


def check_usable(name: str) -> None:
    """The board does what it should."""
    found = solve(RING, sweeps=50, backend=name)
    assert outcomes(found) == outcomes(solve(RING, sweeps=50, backend="golden", shape=found.shape))


def test_problems_that_do_not_fit(board: VirtualPort) -> None:
    name = f"serial:{board.url}"
    for problem, message in (
        (Problem.max_cut(nx.cycle_graph(13)), "the problem has 13 cells, the array 12"),
        (Problem.ising(nx.cycle_graph(12)), "coupling 4 does not fit coupling_bits=2 coupling_shift=1"),
        (Problem.box(np.eye(12, dtype=int), bits=2), "cells of 2 bits"),
    ):
        with pytest.raises(RangeError, match=message):
            solve(problem, backend=name)
    with pytest.raises(RangeError, match="4 lanes, got lanes=2"):
        solve(RING, backend=name, lanes=2)
    with pytest.raises(BoardError, match=r"^socket://.* has Shape.* but Shape.*was asked for: run it on a simulator"):
        solve(RING, backend=name, shape=Shape(12, 2, coupling_shift=1))


class Once(Watch):
    """Does something when the run is under way."""

    def __init__(self, deed) -> None:
        self.deed, self.done = deed, False

    def advance(self, attempts: int) -> None:
        if attempts and not self.done:
            self.done = True
            self.deed()


def test_a_connection_that_ends_in_a_run(board: VirtualPort) -> None:
    name = f"serial:{board.url}"
    watch = Once(board.hang_up)
    with pytest.raises(BoardError, match=r"^socket://.* was closed by the other side .*: connect the board again") as error:
        solve(RING, sweeps=100_000_000, backend=name, watch=watch)
    assert watch.done
    assert "\n" not in str(error.value)
    check_usable(name)


def test_a_host_that_vanishes_in_a_run_or_in_a_request(board: VirtualPort) -> None:
    class VanishedError(Exception):
        pass

    def vanish() -> None:
        raise VanishedError

    name = f"serial:{board.url}"
    with pytest.raises(VanishedError):
        solve(RING, sweeps=100_000_000, backend=name, watch=Once(vanish))
    address = ("127.0.0.1", int(board.url.rpartition(":")[2]))
    with socket.create_connection(address) as host:
        host.sendall(bytes([1, 255, 0, 0]))
    check_usable(name)


def test_ten_thousand_random_bytes(board: VirtualPort) -> None:
    rng = np.random.default_rng(1)
    address = ("127.0.0.1", int(board.url.rpartition(":")[2]))
    for _ in range(2):
        with socket.create_connection(address) as host:
            host.sendall(rng.bytes(10_000))
        check_usable(f"serial:{board.url}")


def test_stop_pauses_the_board(board: VirtualPort) -> None:
    class Stop(Watch):
        begun = False

        def advance(self, attempts: int) -> None:
            self.begun = self.begun or attempts > 0

        @property
        def stop(self) -> bool:
            return self.begun

    result = solve(RING, sweeps=100_000_000, backend=f"serial:{board.url}", watch=Stop())
    assert not result.complete
    sweeps = int(result.outcomes[0].sweeps[-1])
    assert 0 < sweeps < 100_000_000
    with SerialLink(board.url) as link:
        assert Driver(link, link.shape).status == Status.PAUSED


def test_names() -> None:
    with pytest.raises(BoardError, match=r"^nothing listens at socket://127\.0\.0\.1:1: limulator board virtual"):
        solve(RING, backend="serial:socket://127.0.0.1:1")
    with pytest.raises(SimulatorError, match=r"no backend named 'board': use one of .*, or serial:PORT for a board"):
        solve(RING, backend="board")


@pytest.mark.slow
def test_the_command(tmp_path) -> None:
    """An iCEBreaker on a port, and the shipped spin glass of 64 cells on it."""
    command = [sys.executable, "-m", "limulator"]
    virtual = subprocess.Popen(
        [*command, "board", "virtual", "--board", "icebreaker", "--pty"], stdout=subprocess.PIPE, text=True
    )
    try:
        said = [virtual.stdout.readline() for _ in range(3)]
        backends = [re.fullmatch(r"limulator solve GRAPH\.txt --backend (serial:\S+)\n", line)[1] for line in said[1:]]
        torus = str(files("limulator") / "data" / "torus8.txt")
        run = tmp_path / "run"
        begun = monotonic()
        subprocess.run([*command, "solve", torus, "--backend", backends[0], "--out", run, "--quiet"], check=True)
        assert monotonic() - begun < 60
        for backend in ("golden", backends[1]):
            again = subprocess.run(
                [*command, "rerun", run, "--backend", backend], check=True, stdout=subprocess.PIPE, text=True
            )
            assert f"identical to {run}" in again.stdout
        os.kill(virtual.pid, signal.SIGINT)
        assert virtual.wait(60) == 0
    finally:
        virtual.kill()
        virtual.communicate()
