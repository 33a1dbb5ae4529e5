"""The experiment file of a sweep: problems, a grid of schedules, and how often each is run. TOML, strictly read."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from ..backends import find_backend
from ..errors import LimulatorError, ScheduleError, SweepError
from ..options import ArrayName, CurveName
from ..schedule import check_barrier, check_beta, check_sweeps

__all__ = ["Grid", "ProblemFile", "Slurm", "Sweep", "read_sweep"]


_Text = Annotated[str, Meta(min_length=1)]
_Count = Annotated[int, Meta(ge=1)]
_Numbers = Annotated[tuple[float, ...], Meta(min_length=1)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file. Each key says what it must be, for the error where it is not."""


class ProblemFile(_Table, frozen=True):
    """A problem; the grid is run on each."""

    file: Annotated[_Text, "the path of a problem, from the directory of the experiment file"]
    name: Annotated[_Text | None, "a name for the tables"] = None
    target: Annotated[float | None, "the cut or the value that counts as solved, a number"] = None
    levels: Annotated[_Count | None, "a number of integer levels to round coefficients to, at least 1"] = None

    @property
    def title(self) -> str:
        """The name, by default the file's, without suffixes."""
        return self.name or Path(self.file.removesuffix(".gz")).stem


class Grid(_Table, frozen=True):
    """Every combination of these values is run."""

    sweeps: Annotated[tuple[int, ...], Meta(min_length=1), "a list of whole numbers, such as [100, 1000]"]
    curve: Annotated[tuple[CurveName, ...], Meta(min_length=1), f"a list out of {', '.join(CurveName)}"] = (
        CurveName.geometric,
    )
    beta_min: Annotated[_Numbers | None, "a list of numbers, bits per unit of E, such as [0.5]"] = None
    beta_max: Annotated[_Numbers | None, "a list of numbers, bits per unit of E, such as [8.0]"] = None
    barrier: Annotated[_Numbers, "a list of numbers, bits, such as [0.0, 1.0]"] = (0.0,)
    array: Annotated[tuple[ArrayName, ...], Meta(min_length=1), f"a list out of {', '.join(ArrayName)}"] = (
        ArrayName.event,
    )
    lanes: Annotated[
        Annotated[tuple[_Count, ...], Meta(min_length=1)] | None,
        "a list of whole numbers, of an event array divisors of the number of cells, such as [8]",
    ] = None
    backend: Annotated[
        Annotated[tuple[str, ...], Meta(min_length=1)] | None, 'a list of machines, such as ["golden", "verilator"]'
    ] = None


class Slurm(_Table, frozen=True):
    """What a job of a SLURM cluster asks for."""

    memory: Annotated[_Text, 'the memory of a job, such as "4GB"']
    jobs: Annotated[_Count, "the number of jobs, at least 1"] = 1
    cores: Annotated[_Count, "the number of cores of a job, each a worker, at least 1"] = 1
    walltime: Annotated[_Text, 'the longest time of a job, such as "01:00:00"'] = "01:00:00"
    queue: Annotated[_Text | None, "a partition's name"] = None
    account: Annotated[_Text | None, "an account's name"] = None
    interface: Annotated[_Text | None, 'a network interface that all nodes have, such as "ib0"'] = None
    directives: Annotated[tuple[_Text, ...], 'a list of options of sbatch, such as ["--exclusive"]'] = ()
    prologue: Annotated[tuple[_Text, ...], 'a list of shell lines, such as ["module load python"]'] = ()


class Sweep(_Table, frozen=True):
    """The whole file."""

    problems: Annotated[tuple[ProblemFile, ...], Meta(min_length=1), "tables [[problems]], each with a file"]
    grid: Annotated[Grid, "a table [grid], at least with sweeps"]
    replicas: Annotated[_Count, "a whole number of runs of each combination, at least 1"] = 32
    block: Annotated[_Count, "a whole number of replicas in a task, at least 1"] = 32
    seed: Annotated[int, Meta(ge=0), "the first replica's seed, a whole number, not negative"] = 0
    slurm: Annotated[Slurm | None, "a table [slurm], at least with memory"] = None


def read_sweep(file: Path) -> Sweep:
    """Read an experiment file.

    Raises :class:`.SweepError` for a file that cannot be read, is no TOML, has a key or a value that it should not, or
    lacks one.
    """
    try:
        document = msgspec.toml.decode(file.read_bytes())
    except OSError as error:
        raise SweepError(f"cannot read {file}: {error.strerror}: name an experiment file") from None
    except ValueError as error:
        raise SweepError(f"{file} is not TOML: {error}") from None
    try:
        sweep = msgspec.convert(document, Sweep)
        _check(sweep)
    except msgspec.ValidationError as error:
        raise SweepError(f"{file}: {_explained(str(error), document)}") from None
    except ScheduleError as error:
        raise SweepError(f"{file}: {error}") from None
    return sweep


def _check(sweep: Sweep) -> None:
    """What the types cannot say."""
    grid = sweep.grid
    for name in grid.__struct_fields__:
        values = getattr(grid, name) or ()
        for k, value in enumerate(values):
            if value in values[:k]:
                raise ScheduleError(f"grid.{name} has {_shown(value)} twice: leave one out")
    if ArrayName.auto in grid.array and len(grid.array) > 1:
        raise ScheduleError("grid.array has 'auto' beside what it may stand for: leave one out")
    checks: dict[str, Callable[[Any], object]] = {
        "sweeps": check_sweeps,
        "barrier": check_barrier,
        "beta_min": partial(check_beta, "beta_min"),
        "beta_max": partial(check_beta, "beta_max"),
        "backend": find_backend,
    }
    for name, check in checks.items():
        for k, value in enumerate(getattr(grid, name) or ()):
            try:
                check(value)
            except LimulatorError as error:
                raise ScheduleError(f"grid.{name}[{k}] = {_shown(value)}: {error}") from None
    for k, problem in enumerate(sweep.problems):
        if problem.title in [earlier.title for earlier in sweep.problems[:k]]:
            raise ScheduleError(f"problems[{k}]: there is a problem {problem.title!r} already: give this one another name")
        if problem.target is not None and not isfinite(problem.target):
            raise ScheduleError(f"problems[{k}].target = {problem.target}: must be finite: leave it out for the best found")


def _explained(message: str, document: Any) -> str:
    """One line on what msgspec refuses: the key, its value, and what it must be."""
    what, _, path = message.partition(" - at `$")
    table: type[_Table] = Sweep
    value, key, must_be = document, "", ""
    for name, index in re.findall(r"\.([^.\[]+)|\[(\d+)\]", path.rstrip("`")):
        if name:
            key += f".{name}" if key else name
            value, must_be = value[name], f"must be {_described(table, name)}"
            member, table = name, _TABLES.get(name, table)
        else:
            key += f"[{index}]"
            value, must_be = value[int(index)], f"{member} {must_be}"
    prefix = f"{key}." if key else ""
    if field := re.search("unknown field `(.*)`", what):
        keys = ", ".join(table.__struct_fields__)
        return f"unknown key {prefix}{field[1]} = {_shown(value[field[1]])}: use one of {keys}"
    if field := re.search("missing required field `(.*)`", what):
        return f"{prefix}{field[1]} is missing: give {_described(table, field[1])}"
    return f"{key} = {_shown(value)}: {must_be}"


_TABLES: dict[str, type[_Table]] = {"problems": ProblemFile, "grid": Grid, "slurm": Slurm}


def _described(table: type[_Table], key: str) -> str:
    return next(text for text in get_type_hints(table, include_extras=True)[key].__metadata__ if isinstance(text, str))


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, ArrayName | CurveName) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
