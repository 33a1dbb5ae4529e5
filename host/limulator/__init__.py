"""Limulator: an open emulator of learning-in-memory hardware.

    >>> from limulator import Problem, Schedule, solve

The names below are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .anneal import solve
    from .errors import LimulatorError
    from .problem import Problem
    from .qp import solve_box_qp
    from .readers import read_problem
    from .result import Result
    from .schedule import Schedule
    from .stages import Stage, Stages

__all__ = ["LimulatorError", "Problem", "Result", "Schedule", "Stage", "Stages", "read_problem", "solve", "solve_box_qp"]

_HOMES = {
    "LimulatorError": "errors",
    "Problem": "problem",
    "Result": "result",
    "Schedule": "schedule",
    "Stage": "stages",
    "Stages": "stages",
    "read_problem": "readers",
    "solve": "anneal",
    "solve_box_qp": "qp",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
