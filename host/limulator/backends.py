"""The machines a problem can run on, behind one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control
from limulator_sim.cells import random_cells
from limulator_sim.driver import Driver
from limulator_sim.golden import RECORD, Golden
from limulator_sim.icarus import IcarusLink
from limulator_sim.link import BusError, Link, SimulationError
from limulator_sim.schedule import Segment
from limulator_sim.verilator import VerilatorLink

from .errors import SimulatorError
from .problem import Problem

__all__ = ["BACKENDS", "Backend", "Outcome", "Watch"]


class Watch:
    """What a backend tells while it runs, and asks: override what is of interest."""

    def advance(self, attempts: int) -> None:
        """So many more attempts have been made."""

    @property
    def stop(self) -> bool:
        """Whether to stop at the next end of a sweep."""
        return False


@dataclass(frozen=True)
class Outcome:
    """What one replica did.

    ``log`` holds its counters (dtype :data:`limulator_sim.golden.RECORD`) at the start, after each segment and, where
    it was stopped within one, at the end; ``sweeps`` the sweeps done at each of these; ``clocks`` the clocks it took,
    if the machine has any.
    """

    x: NDArray[np.int32]
    best: NDArray[np.int32]
    log: NDArray[np.void]
    sweeps: NDArray[np.int64]
    clocks: int | None


class Backend(ABC):
    """Runs a problem from random states, once for each seed."""

    name: str

    @abstractmethod
    def run(
        self, shape: Shape, problem: Problem, segments: Sequence[Segment], seeds: Sequence[int], watch: Watch
    ) -> list[Outcome]:
        """An outcome for each seed, or for fewer if ``watch`` said stop before the rest began."""


class GoldenBackend(Backend):
    """The golden model: no tools needed."""

    name = "golden"

    def run(
        self, shape: Shape, problem: Problem, segments: Sequence[Segment], seeds: Sequence[int], watch: Watch
    ) -> list[Outcome]:
        """All replicas side by side."""
        array = Golden(shape, problem.couplings, problem.linear, seeds)
        start = array.records.copy()
        array.start(segments)
        while not watch.stop and array.sweep():
            watch.advance(shape.cells * len(seeds))
        records = [start, *array.log]
        if array.records["attempts"][0] > records[-1]["attempts"][0]:
            records.append(array.records.copy())
        log = np.stack(records, axis=1)
        sweeps = log["attempts"][0] // shape.cells
        return [Outcome(array.x[k].copy(), array.best[k].copy(), log[k], sweeps, None) for k in range(len(seeds))]


class LinkBackend(Backend):
    """Gateware behind a link: one replica after the other on the same array."""

    def __init__(self, name: str, connect: Callable[[Shape], Link]) -> None:
        self.name = name
        self._connect = connect

    def run(
        self, shape: Shape, problem: Problem, segments: Sequence[Segment], seeds: Sequence[int], watch: Watch
    ) -> list[Outcome]:
        """Load the problem once, then seed, run and read back for each replica."""
        try:
            with self._connect(shape) as link:
                driver = Driver(link, shape)
                driver.load_problem(problem.couplings, problem.linear)
                driver.load_schedule(segments)
                outcomes: list[Outcome] = []
                for seed in seeds:
                    if watch.stop and outcomes:
                        break
                    outcomes.append(self._replica(driver, problem, segments, seed, watch))
                return outcomes
        except (SimulationError, BusError) as error:
            if watch.stop:  # a terminal's Ctrl-C ends a compiler too
                raise KeyboardInterrupt from error
            raise SimulatorError(str(error)) from error

    def _replica(self, driver: Driver, problem: Problem, segments: Sequence[Segment], seed: int, watch: Watch) -> Outcome:
        shape, link = driver.shape, driver.link
        x = random_cells(seed, shape)
        start = np.zeros(1, RECORD)
        start["energy"] = start["best_energy"] = problem.energy(x)
        driver.load_state(x, int(start["energy"][0]))
        driver.load_seed(seed)
        before = link.clocks
        done = 0
        stopping = False

        def report() -> None:
            nonlocal done, stopping
            sweeps = driver.read_register("SWEEPS")
            watch.advance((sweeps - done) * shape.cells)
            done = sweeps
            if watch.stop and not stopping:
                stopping = True
                driver.command(Control.STOP)

        driver.command(Control.START)
        driver.wait(report)
        report()
        clocks = None if before is None or link.clocks is None else link.clocks - before
        segment = driver.read_register("SEGMENT")
        within = done > sum(complete.sweeps for complete in segments[:segment])
        log = np.concatenate([start, driver.read_log(segment + within)])
        sweeps = log["attempts"] // shape.cells
        return Outcome(driver.read_x(), driver.read_best(), log, sweeps, clocks)


BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (GoldenBackend(), LinkBackend("icarus", IcarusLink), LinkBackend("verilator", VerilatorLink))
}
"""The backends by name."""
