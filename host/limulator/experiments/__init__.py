"""The experiments that must come out, by name; each is a file of its own, loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import ExperimentError

if TYPE_CHECKING:
    from .experiment import Experiment

__all__ = ["NAMES", "load"]

NAMES = (
    "rate",
    "trajectories",
    "retention",
    "contour",
    "erasure",
    "jarzynski",
    "ising",
    "maxcut",
    "box_qp",
    "classifier",
    "projection",
    "dissipation",
    "consolidation",
)
"""In the order of their numbers."""


def load(name: str) -> Experiment:
    """The experiment of that name; raises :class:`.ExperimentError` if there is none."""
    if name not in NAMES:
        raise ExperimentError(f"no experiment named {name!r}: use one of {', '.join(NAMES)}")
    found: Experiment = import_module(f".{name}", __name__).EXPERIMENT
    return found
