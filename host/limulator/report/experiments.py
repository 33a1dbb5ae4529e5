"""The pages of experiments: one for each, and one that links them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .page import render

if TYPE_CHECKING:
    from ..experiments.runner import Finished

__all__ = ["experiment_page", "index_page"]


def experiment_page(finished: Finished, command: str) -> str:
    """Question, checks, figures, tables and configuration of an experiment as one HTML page."""
    title = f"{finished.experiment.number}. {finished.experiment.title}"
    return render("experiment.html", title=title, finished=finished, command=command)


def index_page(all_finished: Sequence[Finished], chosen: int, command: str) -> str:
    """All experiments with their outcome, time and first figure; the pages are ``NAME/index.html`` beside it.

    Of ``chosen`` experiments those that are not there were interrupted, or have not been reached yet.
    """
    title = "Experiments"
    if not all(finished.passed for finished in all_finished):
        title += ": checks failed"
    elif len(all_finished) < chosen:
        title += ": not all have run"
    return render("index.html", title=title, all_finished=all_finished, chosen=chosen, command=command)
