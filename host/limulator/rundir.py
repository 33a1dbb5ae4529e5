"""Run directories: what a run was, what it found, and all that is needed to run it again."""

from __future__ import annotations

import json
import zlib
from operator import index
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape

from .anneal import choose_array, shape_for
from .backends import Outcome
from .energy.units import bit_J
from .energy.walls import Technology
from .errors import LimulatorError, RunDirectoryError
from .problem import Problem
from .report import Run, run_page
from .result import Result, versions
from .schedule import Schedule
from .stages import Stages

__all__ = ["RunDirectory"]

_PROBLEM, _CONFIG, _RESULT, _LOG, _REPORT = "problem.npz", "config.json", "result.json", "log.npz", "report.html"
_FORMAT = 1

_DAMAGE = (
    *(OSError, EOFError, BadZipFile, zlib.error, RuntimeError, MemoryError, LimulatorError),
    *(ValueError, ArithmeticError, LookupError, TypeError, AttributeError),
)
"""What comes of reading a file that has been damaged; zipfile raises RuntimeError for features that it lacks."""


class RunDirectory:
    """One run on disk.

    ===============  ==========================================================================================
    file             contents
    ===============  ==========================================================================================
    ``problem.npz``  the problem: couplings as row, column and value, linear terms, bits, kind, name, scale, offset
    ``config.json``  schedule, backend, array, lanes, shape, replicas, seed, temperature and versions
    ``result.json``  what ``limulator solve --json`` writes
    ``log.npz``      for each replica the counters at the start and after each segment, and the sweeps done
    ``report.html``  the page that ``limulator report`` makes
    ===============  ==========================================================================================

    Problem and configuration are written before the run begins.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made = False

    def begin(self, problem: Problem, schedule: Schedule | Stages, settings: dict[str, Any]) -> None:
        """Write what is to be run. ``settings`` are the other keyword arguments of :func:`limulator.anneal.solve`.

        Raises :class:`RunDirectoryError` if the directory holds anything already or cannot be written.
        """
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise RunDirectoryError(f"{self.path} exists already: choose another directory, or remove it")
        self._made = not self.path.exists()
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
            shape = settings.get("shape")
            config = {
                "format": _FORMAT,
                "schedule": schedule.as_dict(),
                "settings": settings | {"shape": shape and shape.as_dict()},
                "versions": versions(),
            }
            self._write(_CONFIG, config)
        except OSError as error:
            raise self._unwritable(error) from None

    def discard(self) -> None:
        """Undo :meth:`begin`: for a run that was refused."""
        for name in (_PROBLEM, _CONFIG):
            (self.path / name).unlink(missing_ok=True)
        if self._made and not any(self.path.iterdir()):
            self.path.rmdir()

    def finish(self, result: Result) -> None:
        """Write what was found. Raises :class:`RunDirectoryError` if it cannot be written."""
        logs = {f"replica{k}": outcome.log for k, outcome in enumerate(result.outcomes)}
        sweeps = {f"sweeps{k}": outcome.sweeps for k, outcome in enumerate(result.outcomes)}
        try:
            self._write(_RESULT, result.as_dict())
            np.savez_compressed(self.path / _LOG, **logs, **sweeps)  # type: ignore[arg-type]
            page = run_page([Run(str(self.path), result, versions(), Technology.read())])
            (self.path / _REPORT).write_text(page, encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from None

    def read(self) -> tuple[Problem, Schedule | Stages, dict[str, Any]]:
        """What :meth:`begin` was given. Raises :class:`RunDirectoryError` if it is not there or has been damaged."""
        try:
            config = self._config()
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
            given = config["settings"]
            settings: dict[str, Any] = {
                "backend": str(given["backend"]),
                "lanes": None if given["lanes"] is None else index(given["lanes"]),
                "replicas": index(given["replicas"]),
                "seed": index(given["seed"]),
                "temperature_K": float(given["temperature_K"]),
            }
            if settings["replicas"] < 1 or settings["seed"] < 0:
                raise ValueError("replicas={replicas}, seed={seed}".format(**settings))
            bit_J(settings["temperature_K"])
            if given.get("shape"):
                kind = ColorShape if "degree" in given["shape"] else Shape
                settings["shape"] = kind(**given["shape"])
            if "array" in given:  # what was written before there was a choice is of event arrays
                choose_array(problem, given["array"], settings.get("shape"))
                settings["array"] = given["array"]
            curve = config["schedule"]
            return problem, Stages(**curve) if "stages" in curve else Schedule(**curve), settings
        except _DAMAGE as error:
            raise self._no_run(error) from None

    def load(self) -> Result:
        """The run as it was found. Its counters are checked again, and the states against them.

        Raises :class:`RunDirectoryError` if the run never ended, or has been damaged.
        """
        problem, schedule, settings = self.read()
        try:
            found = json.loads((self.path / _RESULT).read_text())
            asked = settings["lanes"], settings.get("array", "event")
            shape: Shape = settings.get("shape") or shape_for(problem, schedule, *asked)
            if found["shape"] != shape.as_dict():
                raise ValueError(f"{_RESULT} is of another array than {_CONFIG} asks for")
            if not 1 <= len(found["replicas"]) <= settings["replicas"]:
                raise ValueError(f"{len(found['replicas'])} replicas in {_RESULT} of {settings['replicas']}")
            wall_s = float(found["wall_s"])
            if not 0 <= wall_s < float("inf"):
                raise ValueError(f"wall_s={wall_s} in {_RESULT}")
            with np.load(self.path / _LOG) as stored:
                logs = [stored[f"replica{k}"] for k in range(len(found["replicas"]))]
            outcomes = [
                Outcome(
                    _state(replica["state"], shape.bits),
                    _state(replica["best_state"], shape.bits),
                    log,
                    log["attempts"] // problem.cells,
                    None if replica["clocks"] is None else int(np.uint64(index(replica["clocks"]))),
                )
                for replica, log in zip(found["replicas"], logs, strict=True)
            ]
            result = Result(
                problem,
                shape,
                schedule,
                schedule.compile(shape),
                settings["backend"],
                list(range(settings["seed"], settings["seed"] + settings["replicas"])),
                outcomes,
                wall_s,
                settings["temperature_K"],
            )
        except FileNotFoundError as error:
            raise RunDirectoryError(
                f"{self.path} holds no finished run, {Path(error.filename).name} is missing: rerun it"
            ) from None
        except _DAMAGE as error:
            raise RunDirectoryError(
                f"{self.path} is damaged ({str(error) or repr(error)}): solve the problem again"
            ) from None
        self.compare(found, result)
        return result

    def versions(self) -> dict[str, str]:
        """What it was run with: versions by name. Raises as :meth:`read` does."""
        try:
            stored: dict[str, str] = self._config()["versions"]
        except _DAMAGE as error:
            raise self._no_run(error) from None
        return stored

    def read_result(self) -> dict[str, Any] | None:
        """What ``result.json`` holds; None if the run never finished, or was interrupted."""
        try:
            found: dict[str, Any] = json.loads((self.path / _RESULT).read_text())
            return found if found["complete"] else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise self._altered("is damaged") from None

    def compare(self, found: dict[str, Any], result: Result) -> None:
        """Raise :class:`RunDirectoryError` unless the result is, to the bit, the one found in ``result.json``."""
        again = result.as_dict()
        try:
            old, new = ({"digest": run["digest"], **_outcomes(run["replicas"])} for run in (found, again))
        except (KeyError, TypeError):
            raise self._altered("is damaged") from None
        if list(old) != list(new):
            raise self._altered(f"has {len(old) - 1} values, the run gives {len(new) - 1}")
        for name, value in new.items():
            if old[name] != value:
                raise self._altered(f"has {name} {old[name]}, the run gives {value}")

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self.path / _CONFIG).read_text())
        if config["format"] != _FORMAT:
            raise ValueError(f"format {config['format']!r} in {_CONFIG}, this version reads {_FORMAT}")
        versions = config["versions"]
        if not (isinstance(versions, dict) and all(isinstance(number, str) for number in versions.values())):
            raise ValueError(f"versions {versions!r} in {_CONFIG}")
        return config

    def _no_run(self, error: BaseException) -> RunDirectoryError:
        what = str(error)
        if isinstance(error, KeyError):
            what = f"no {error}"
        elif isinstance(error, OSError) and error.strerror:
            what = f"{Path(error.filename).name}: {error.strerror}"
        return RunDirectoryError(f"{self.path} is not a run directory, or is damaged ({what}): solve the problem again")

    def _altered(self, what: str) -> RunDirectoryError:
        return RunDirectoryError(f"{self.path / _RESULT} {what}: remove it to run anew")

    def _unwritable(self, error: OSError) -> RunDirectoryError:
        return RunDirectoryError(f"cannot write to {self.path}: {error.strerror}: choose another directory")

    def _write(self, name: str, document: dict[str, Any]) -> None:
        (self.path / name).write_text(json.dumps(document, indent=1) + "\n")


def _state(text: str, bits: int) -> NDArray[np.int32]:
    """The state that :func:`.state_hex` wrote."""
    return np.frombuffer(bytes.fromhex(text), "u1" if bits <= 8 else "<u2").astype(np.int32)


def _outcomes(replicas: list[dict[str, Any]]) -> dict[str, Any]:
    """What two runs must agree on, by name."""
    agreed: dict[str, Any] = {}
    for replica in replicas:
        values = {"state": replica["state_sha256"], "best_energy": replica["best_energy"], **replica["counters"]}
        agreed |= {f"{name} of seed {replica['seed']}": value for name, value in values.items()}
    return agreed
