"""Run directories: what a run was, what it found, and all that is needed to run it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from .errors import LimulatorError, RunDirectoryError
from .figure import trace_figure
from .problem import Problem
from .result import Result, versions
from .schedule import Schedule

__all__ = ["RunDirectory"]

_PROBLEM, _CONFIG, _RESULT, _LOG, _FIGURE = "problem.npz", "config.json", "result.json", "log.npz", "figure.html"
_FORMAT = 1


class RunDirectory:
    """One run on disk.

    ===============  ==========================================================================================
    file             contents
    ===============  ==========================================================================================
    ``problem.npz``  the problem: couplings as row, column and value, linear terms, bits, kind, name, scale, offset
    ``config.json``  schedule, backend, lanes, replicas, seed, temperature and versions
    ``result.json``  what ``limulator solve --json`` writes
    ``log.npz``      for each replica the counters at the start and after each segment, and the sweeps done
    ``figure.html``  energy, heat and beta against the sweep
    ===============  ==========================================================================================

    Problem and configuration are written before the run begins.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, problem: Problem, schedule: Schedule, settings: dict[str, Any]) -> None:
        """Write what is to be run. ``settings`` are the other keyword arguments of :func:`limulator.solve.solve`.

        Raises :class:`RunDirectoryError` if the directory holds anything already or cannot be written.
        """
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise RunDirectoryError(f"{self.path} exists already: choose another directory, or remove it")
        couplings = problem.couplings.tocoo()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(
                self.path / _PROBLEM,
                row=couplings.coords[0],
                column=couplings.coords[1],
                value=couplings.data,
                linear=problem.linear,
                bits=problem.bits,
                kind=problem.kind,
                name=problem.name,
                scale=problem.scale,
                offset=problem.offset,
                quantisation_error=problem.quantisation_error,
            )
            config = {"format": _FORMAT, "schedule": schedule.as_dict(), "settings": settings, "versions": versions()}
            self._write(_CONFIG, config)
        except OSError as error:
            raise RunDirectoryError(f"cannot write to {self.path}: {error.strerror}") from None

    def finish(self, result: Result) -> None:
        """Write what was found."""
        self._write(_RESULT, result.as_dict())
        logs = {f"replica{k}": outcome.log for k, outcome in enumerate(result.outcomes)}
        sweeps = {f"sweeps{k}": outcome.sweeps for k, outcome in enumerate(result.outcomes)}
        np.savez_compressed(self.path / _LOG, **logs, **sweeps)  # type: ignore[arg-type]
        trace_figure(result).write_html(self.path / _FIGURE, include_plotlyjs=True)

    def read(self) -> tuple[Problem, Schedule, dict[str, Any]]:
        """What :meth:`begin` was given. Raises :class:`RunDirectoryError` if it is not there or has been damaged."""
        try:
            config = json.loads((self.path / _CONFIG).read_text())
            with np.load(self.path / _PROBLEM) as stored:
                fields = {name: stored[name] for name in stored.files}
            cells = len(fields["linear"])
            couplings = sparse.csr_array((fields["value"], (fields["row"], fields["column"])), shape=(cells, cells))
            problem = Problem(
                couplings,
                fields["linear"],
                int(fields["bits"]),
                kind=str(fields["kind"]),  # type: ignore[arg-type]
                name=str(fields["name"]),
                scale=float(fields["scale"]),
                offset=float(fields["offset"]),
                quantisation_error=float(fields["quantisation_error"]),
            )
            return problem, Schedule(**config["schedule"]), dict(config["settings"])
        except (OSError, ValueError, KeyError, TypeError, LimulatorError) as error:
            raise RunDirectoryError(f"{self.path} is not a run directory, or is damaged: {error}") from None

    def read_result(self) -> dict[str, Any] | None:
        """What ``result.json`` holds; None if the run never finished."""
        try:
            found: dict[str, Any] = json.loads((self.path / _RESULT).read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RunDirectoryError(f"{self.path / _RESULT} is damaged: {error}") from None
        return found

    def _write(self, name: str, document: dict[str, Any]) -> None:
        (self.path / name).write_text(json.dumps(document, indent=1) + "\n")
