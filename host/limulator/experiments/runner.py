"""Runs experiments, and saves what they found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shlex import join
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any

from ..errors import ExperimentError, RunDirectoryError
from ..report.experiments import experiment_page, index_page
from ..report.page import write_page
from ..report.svg import write_svg
from ..report.text import plain, sigmas
from ..result import versions
from .experiment import Check, Experiment, Figure, Numbers, Setting, Table

__all__ = ["Finished", "perform", "prepare", "save", "save_index"]

_RESULT, _PAGE = "result.json", "index.html"


@dataclass(frozen=True)
class Finished:
    """An experiment that has run: its numbers, and what follows from them."""

    experiment: Experiment
    setting: Setting
    numbers: Numbers
    wall_s: float

    @cached_property
    def checks(self) -> list[Check]:
        """Of the numbers."""
        return self.experiment.checks(self.numbers)

    @cached_property
    def figures(self) -> list[Figure]:
        """Of the numbers."""
        return self.experiment.figures(self.numbers)

    @cached_property
    def tables(self) -> list[Table]:
        """Of the numbers."""
        return self.experiment.tables(self.numbers)

    @property
    def failed(self) -> list[Check]:
        """Checks that did not pass."""
        return [check for check in self.checks if not check.passed]

    @property
    def passed(self) -> bool:
        """Whether all checks did."""
        return not self.failed

    @property
    def worst(self) -> Check | None:
        """The check that misses by most standard errors, before all others one that failed."""
        return max(self.checks, key=lambda check: (not check.passed, sigmas(check)), default=None)

    @property
    def verdict(self) -> str:
        """How the checks came out, in words."""
        count = len(self.checks)
        return f"all {count} checks pass" if self.passed else f"{len(self.failed)} of {count} checks fail"

    @property
    def configuration(self) -> list[tuple[str, str]]:
        """What decides the numbers, and how long they took."""
        return [
            ("backend", self.setting.backend),
            ("array", self.setting.array),
            ("version", _version(self.setting)),
            ("seed", str(self.setting.seed)),
            ("time", f"{self.wall_s:.1f} s"),
            ("versions", ", ".join(f"{name} {number}" for name, number in versions().items())),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain data for strict JSON."""
        document = {
            "number": self.experiment.number,
            "name": self.experiment.name,
            "title": self.experiment.title,
            "setting": {name: getattr(self.setting, name) for name in ("backend", "array", "full", "seed")},
            "passed": self.passed,
            "numbers": self.numbers,
            "checks": [check.as_dict() for check in self.checks],
            "versions": versions(),
            "wall_s": self.wall_s,
        }
        found: dict[str, Any] = plain(document)
        return found


def prepare(chosen: Sequence[Experiment], setting: Setting, out: Path) -> None:
    """Make the directories to be written, before the work.

    Raises :class:`.ExperimentError` for an experiment that does not run on the setting's machine or array, and
    :class:`.RunDirectoryError` where a directory holds anything but an earlier run of the same, or cannot be written.
    """
    for experiment in chosen:
        if setting.backend not in experiment.backends:
            machines = " or ".join(experiment.backends)
            raise ExperimentError(f"experiment {experiment.name} does not run on {setting.backend}: use {machines}")
        if setting.array not in experiment.arrays:
            arrays = " or ".join(experiment.arrays)
            raise ExperimentError(f"experiment {experiment.name} does not run on array {setting.array}: use {arrays}")
    for name in [experiment.name for experiment in chosen]:
        directory = out / name
        try:
            if not directory.exists() or not any(directory.iterdir()):
                continue
            before = json.loads((directory / _RESULT).read_text())["name"]
        except (OSError, ValueError, KeyError, TypeError):
            before = None
        if before != name:
            raise RunDirectoryError(
                f"{directory} exists and holds no experiment {name}: choose another --out, or remove it"
            )
    for directory in [out / experiment.name for experiment in chosen]:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with TemporaryFile(dir=directory):
                pass
        except OSError as error:
            raise RunDirectoryError(f"cannot write to {directory}: {error.strerror}: choose another --out") from None


def perform(experiment: Experiment, setting: Setting) -> Finished:
    """Run an experiment."""
    began = perf_counter()
    numbers = experiment.measure(setting)
    return Finished(experiment, setting, numbers, perf_counter() - began)


def save(finished: Finished, out: Path, svg: bool = False) -> None:
    """Write ``NAME/result.json`` and ``NAME/index.html``, and with ``svg`` ``NAME/figure-1.svg`` and so on.

    Raises :class:`.RunDirectoryError` if that cannot be.
    """
    name = finished.experiment.name
    write_page(out / name / _RESULT, json.dumps(finished.as_dict(), indent=1, allow_nan=False) + "\n")
    write_page(out / name / _PAGE, experiment_page(finished, _command(name, finished.setting, out)))
    if svg:
        for number, figure in enumerate(finished.figures, start=1):
            write_svg(figure.figure, out / name / f"figure-{number}.svg")


def save_index(all_finished: Sequence[Finished], chosen: int, setting: Setting, out: Path) -> None:
    """Write ``index.html``, which shows and links all that have finished, of so many that were chosen."""
    write_page(out / _PAGE, index_page(all_finished, chosen, _command("all", setting, out)))


def _version(setting: Setting) -> str:
    return "full" if setting.full else "quick"


def _command(name: str, setting: Setting, out: Path) -> str:
    options = ["--backend", setting.backend, f"--{_version(setting)}", "--seed", str(setting.seed), "--out", str(out)]
    if setting.array != "event":
        options = ["--array", setting.array, *options]
    return join(["limulator", "experiment", name, *options])
