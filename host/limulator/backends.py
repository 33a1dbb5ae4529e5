"""The machines a problem can run on, behind one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limulator_boards.serial import SerialError, SerialLink
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_hdl.registers import Control, RegisterMap
from limulator_sim.driver import Driver
from limulator_sim.golden import RECORD, Golden
from limulator_sim.icarus import IcarusLink
from limulator_sim.link import BusError, Link, SimulationError
from limulator_sim.schedule import Segment
from limulator_sim.verilator import VerilatorLink

from .errors import BoardError, SimulatorError
from .problem import Problem

if TYPE_CHECKING:
    from limulator_sim.fast import Fast

__all__ = ["BACKENDS", "SERIAL", "Backend", "Job", "Outcome", "Watch", "default_backend", "find_backend"]

SERIAL = "serial:"
"""What the name of a board begins with; its port follows, a device or socket://host:port."""

_ATTEMPTS_AT_ONCE = 20_000_000
"""Attempts of a model between two looks at the watch: a fraction of a second."""


class Watch:
    """What a backend tells while it runs, and asks: override what is of interest."""

    def advance(self, attempts: int) -> None:
        """So many more attempts have been made."""

    @property
    def stop(self) -> bool:
        """Whether to stop at the next end of a sweep."""
        return False


@dataclass(frozen=True, eq=False)
class Job:
    """What a machine is to run: a problem with as many cells as the array has positions, in the order of the scan.

    The problem runs once for each seed, from the ``states``, (seeds, positions). ``graph`` are the wires of a colour array,
    and tells which positions are empty; an event array has none.
    """

    shape: Shape
    problem: Problem
    segments: Sequence[Segment]
    seeds: Sequence[int]
    states: NDArray[np.int32]
    graph: Graph | None = None

    @property
    def cells(self) -> int:
        """Attempts of a sweep."""
        return self.shape.cells - len(self.empty)

    @property
    def empty(self) -> tuple[int, ...]:
        """Positions without a cell."""
        return () if self.graph is None else self.graph.empty


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
    """Runs a job."""

    name: str

    @property
    def shape(self) -> Shape | None:
        """The array's shape, where it cannot be chosen."""
        return None

    @abstractmethod
    def run(self, job: Job, watch: Watch) -> list[Outcome]:
        """An outcome for each seed, or for fewer if ``watch`` said stop before the rest began."""


class ModelBackend(Backend):
    """A model in software: no tools needed."""

    def __init__(self, name: str, load: Callable[[], type[Golden] | type[Fast]]) -> None:
        self.name = name
        self._load = load

    def run(self, job: Job, watch: Watch) -> list[Outcome]:
        """All replicas side by side."""
        problem, attempts = job.problem, job.cells * len(job.seeds)
        model = self._load()
        array = model(job.shape, problem.couplings, problem.linear, job.seeds, job.states, empty=job.empty)
        start = array.records.copy()
        array.start(job.segments)
        several = max(1, _ATTEMPTS_AT_ONCE // attempts)
        # at least one sweep, so that there is something to tell
        while sweeps := array.advance(several):
            watch.advance(attempts * sweeps)
            if watch.stop:
                break
        records = [start, *array.log]
        if array.records["attempts"][0] > records[-1]["attempts"][0]:
            records.append(array.records.copy())
        log = np.stack(records, axis=1)
        sweeps = log["attempts"][0] // job.cells
        ends = zip(array.x, array.best, log, strict=True)
        return [Outcome(x.copy(), best.copy(), counters, sweeps, None) for x, best, counters in ends]


class LinkBackend(Backend):
    """Gateware behind a link: one replica after the other on the same array."""

    def __init__(self, name: str, connect: Callable[[Shape, Graph | None], Link]) -> None:
        self.name = name
        self._connect = connect

    def run(self, job: Job, watch: Watch) -> list[Outcome]:
        """Load the problem once, then seed, run and read back for each replica."""
        try:
            with self._connect(job.shape, job.graph) as link:
                driver = Driver(link, job.shape, job.graph)
                driver.load_problem(job.problem.couplings, job.problem.linear)
                driver.load_schedule(job.segments)
                outcomes: list[Outcome] = []
                for seed, x in zip(job.seeds, job.states, strict=True):
                    if watch.stop and outcomes:
                        break
                    outcomes.append(self._replica(driver, job, seed, x, watch))
                return outcomes
        except (SimulationError, BusError) as error:
            if watch.stop:  # a terminal's Ctrl-C ends a compiler too
                raise KeyboardInterrupt from error
            raise SimulatorError(str(error)) from error
        except SerialError as error:
            raise BoardError(str(error)) from error

    def _replica(self, driver: Driver, job: Job, seed: int, x: NDArray[np.int32], watch: Watch) -> Outcome:
        link = driver.link
        start = np.zeros(1, RECORD)
        start["energy"] = start["best_energy"] = job.problem.energy(x)
        driver.load_state(x, int(start["energy"][0]))
        driver.load_seed(seed)
        before = link.clocks
        done = 0
        stopping = False

        def report() -> None:
            nonlocal done, stopping
            sweeps = driver.read_register("SWEEPS")
            watch.advance((sweeps - done) * job.cells)
            done = sweeps
            if watch.stop and not stopping:
                stopping = True
                driver.command(Control.STOP)

        driver.command(Control.START)
        driver.wait(report)
        report()
        clocks = None if before is None or link.clocks is None else link.clocks - before
        segment = driver.read_register("SEGMENT")
        within = done > sum(complete.sweeps for complete in job.segments[:segment])
        log = np.concatenate([start, driver.read_log(segment + within)])
        sweeps = log["attempts"] // job.cells
        return Outcome(driver.read_x(), driver.read_best(), log, sweeps, clocks)


class SerialBackend(LinkBackend):
    """A board on a serial line."""

    def __init__(self, name: str) -> None:
        super().__init__(name, self._link)
        self._port = name.removeprefix(SERIAL)

    @property
    def shape(self) -> Shape:
        """Of the board's array; raises :class:`BoardError` if the board does not tell."""
        try:
            link = SerialLink(self._port)
        except SerialError as error:
            raise BoardError(str(error)) from error
        with link:
            return link.shape

    def _link(self, shape: Shape, graph: Graph | None) -> SerialLink:
        link = SerialLink(self._port)
        if link.shape != shape:
            link.close()
            raise SerialError(f"{self._port} has {link.shape}, but {shape} was asked for: run it on a simulator")
        wanted = RegisterMap(shape, graph)
        if link.read(wanted.register("MAP_HASH"), 1)[0] != wanted.hash:
            link.close()
            raise SerialError(f"{self._port} has the array of another graph: build it for this one, or use a simulator")
        return link


def _fast() -> type[Fast]:
    if find_spec("numba") is None:
        raise SimulatorError("the fast model needs numba: pip install numba, or use the backend golden")
    try:
        from limulator_sim.fast import Fast
    except ImportError as error:
        raise SimulatorError(
            f"the fast model cannot be loaded ({error}): mend numba's installation, or use the backend golden"
        ) from None

    return Fast


BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (
        ModelBackend("fast", _fast),
        ModelBackend("golden", lambda: Golden),
        LinkBackend("icarus", IcarusLink),
        LinkBackend("verilator", VerilatorLink),
    )
}
"""The backends by name."""


def find_backend(name: str) -> Backend:
    """The backend of this name; raises :class:`SimulatorError` if there is none."""
    if name.startswith(SERIAL):
        return SerialBackend(name)
    if name not in BACKENDS:
        raise SimulatorError(f"no backend named {name!r}: use one of {', '.join(BACKENDS)}, or {SERIAL}PORT for a board")
    return BACKENDS[name]


def default_backend() -> str:
    """The fast model where numba is installed, else the golden one."""
    return "golden" if find_spec("numba") is None else "fast"
