"""What a sweep consists of: tasks, each a block of replicas of one problem under one schedule on one machine.

A task is told by its identity, a hash of all that decides its outcome, so that it is the same task wherever and whenever
the sweep is run, and is run but once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import product
from math import prod
from pathlib import Path

import msgspec

from limulator_hdl.ledger import COUNTERS

from ..anneal import choose_array, shape_for, solve
from ..backends import default_backend
from ..errors import LimulatorError, SweepError
from ..problem import Problem
from ..readers import read_problem
from ..result import state_sha256, versions
from ..schedule import Schedule
from .grid import Sweep

__all__ = ["MAX_TASKS", "Configuration", "Failure", "Plan", "Record", "Replica", "Task", "perform", "plan"]

MAX_TASKS = 100_000
"""More are refused: each is a file."""


class Configuration(msgspec.Struct, frozen=True):
    """All that decides the outcome of a run but its seed. beta in bits per unit of E, the barrier in bits."""

    problem: str
    digest: str
    kind: str
    cells: int
    bits: int
    scale: float
    offset: float
    curve: str
    sweeps: int
    beta_min: float
    beta_max: float
    barrier: float
    array: str
    lanes: int
    backend: str
    version: str

    @property
    def maximised(self) -> bool:
        """Whether the best is the largest: of a cut, and of a value with a negative scale."""
        return self.kind == "max-cut" or self.scale < 0


class Task(msgspec.Struct, frozen=True):
    """A configuration, run with the seeds ``seed``, ``seed + 1``, ..."""

    configuration: Configuration
    seed: int
    replicas: int

    @property
    def identity(self) -> str:
        """Its hash."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:32]

    @property
    def seeds(self) -> list[int]:
        """Of its replicas."""
        return list(range(self.seed, self.seed + self.replicas))

    @property
    def attempts(self) -> int:
        """Of all replicas."""
        return self.configuration.sweeps * self.configuration.cells * self.replicas

    def __str__(self) -> str:
        c = self.configuration
        return (
            f"{c.problem}, {c.curve}, {c.sweeps} sweeps, beta {c.beta_min:g} to {c.beta_max:g}, barrier {c.barrier:g}, "
            f"{c.array} array of {c.lanes} lanes, {c.backend}, seeds {self.seed} to {self.seed + self.replicas - 1}"
        )


class Replica(msgspec.Struct, frozen=True):
    """What one replica found: its last counters, the best of it in user units, heat and work in bits."""

    seed: int
    counters: dict[str, int]
    best_value: float
    best_cut: float | None
    heat_bits: float
    work_bits: float
    state_sha256: str
    clocks: int | None


class Record(msgspec.Struct, frozen=True):
    """A task that has been done: what came out, how long it took, and with what."""

    task: Task
    replicas: tuple[Replica, ...]
    wall_s: float
    versions: dict[str, str]


class Failure(msgspec.Struct, frozen=True):
    """So many tasks that could not be done, and why."""

    tasks: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {'1 task' if self.tasks == 1 else f'{self.tasks} tasks'} failed: {self.why}"


@dataclass(frozen=True)
class Plan:
    """The tasks of a sweep in their order, the problems that they need by name, and what cannot be run."""

    tasks: list[Task] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Tasks, those that cannot be run included."""
        return len(self.tasks) + sum(failure.tasks for failure in self.failures)


def plan(sweep: Sweep, directory: Path) -> Plan:
    """The tasks of a sweep, its problem files found from ``directory``.

    A file that cannot be read, or a combination that does not fit a problem, becomes a failure. Raises
    :class:`.SweepError` for more than :data:`MAX_TASKS` tasks.
    """
    grid = sweep.grid
    values = (
        *(grid.curve, grid.sweeps, grid.beta_min or (None,), grid.beta_max or (None,)),
        *(grid.barrier, grid.array, grid.lanes or (None,), grid.backend or (default_backend(),)),
    )
    blocks = -(-sweep.replicas // sweep.block)
    count = len(sweep.problems) * prod(map(len, values)) * blocks
    if count > MAX_TASKS:
        raise SweepError(f"the grid makes {count} tasks, more than {MAX_TASKS}: use fewer values, or larger blocks")
    made = Plan()
    refused: Counter[tuple[str, str]] = Counter()
    for entry in sweep.problems:
        try:
            problem = read_problem(directory / entry.file, levels=entry.levels)
        except LimulatorError as error:
            refused[entry.title, str(error)] = count // len(sweep.problems)
            continue
        made.problems[entry.title] = problem
        digest = problem.digest()
        for curve, sweeps, beta_min, beta_max, barrier, asked, lanes, backend in product(*values):
            try:
                schedule = Schedule.automatic(problem, sweeps, curve.value, beta_min, beta_max, barrier)
                array = choose_array(problem, asked.value)
                shape = shape_for(problem, schedule, lanes, array)
            except LimulatorError as error:
                refused[entry.title, str(error)] += blocks
                continue
            configuration = Configuration(
                problem=entry.title,
                digest=digest,
                kind=problem.kind,
                cells=problem.cells,
                bits=problem.bits,
                scale=problem.scale,
                offset=problem.offset,
                curve=schedule.curve,
                sweeps=schedule.sweeps,
                beta_min=schedule.beta_min,
                beta_max=schedule.beta_max,
                barrier=schedule.barrier,
                array=array,
                lanes=shape.lanes,
                backend=backend,
                version=versions().get("limulator", ""),
            )
            made.tasks.extend(
                Task(configuration, sweep.seed + first, min(sweep.block, sweep.replicas - first))
                for first in range(0, sweep.replicas, sweep.block)
            )
    made.failures.extend(Failure(tasks, title, why) for (title, why), tasks in refused.items())
    return made


def perform(task: Task, problem: Problem) -> Record:
    """Run a task. Raises what :func:`limulator.anneal.solve` does, and :class:`.SweepError` for another version of it."""
    c = task.configuration
    here = versions()
    if here.get("limulator", "") != c.version:
        raise SweepError(
            f"the worker has limulator {here.get('limulator')}, the sweep {c.version}: install the same everywhere"
        )
    schedule = Schedule(c.curve, c.sweeps, c.beta_min, c.beta_max, c.barrier)
    result = solve(
        problem, schedule, backend=c.backend, array=c.array, lanes=c.lanes, replicas=task.replicas, seed=task.seed
    )
    replicas = []
    for k, (seed, outcome) in enumerate(zip(result.seeds, result.outcomes, strict=True)):
        replicas.append(
            Replica(
                seed=seed,
                counters={counter.name: int(result.records[counter.name][k]) for counter in COUNTERS},
                best_value=float(problem.value(outcome.best)),
                best_cut=float(problem.cut(outcome.best)) if problem.kind == "max-cut" else None,
                heat_bits=float(result.heat_bits[k]),
                work_bits=float(result.work_bits[k]),
                state_sha256=state_sha256(outcome.x, problem.bits),
                clocks=outcome.clocks,
            )
        )
    return Record(task, tuple(replicas), result.wall_s, here)
