"""What the command line shows: progress, tables and a picture of the run in characters."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from limulator_hdl.ledger import COUNTERS

from .backends import Watch
from .energy import Ledger, bit_J
from .report.text import numeric_columns, quantity, sigmas
from .result import Result

if TYPE_CHECKING:
    from .experiments.experiment import Experiment
    from .experiments.runner import Finished

__all__ = [
    "ProgressWatch",
    "counting",
    "show_directory",
    "show_experiments",
    "show_finished",
    "show_problem",
    "show_result",
    "watching",
]

_BLOCKS = " ▁▂▃▄▅▆▇█"


class ProgressWatch(Watch):
    """Shows a bar, and stops at the end of a sweep once Ctrl-C has been pressed."""

    def __init__(self, progress: Progress, attempts: int | None, what: str = "attempts") -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=attempts)
        self._stop = False

    def advance(self, attempts: int) -> None:
        """Move the bar."""
        self._progress.advance(self._task, attempts)

    @property
    def stop(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stop

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        """The first Ctrl-C asks for a stop, the second one is not caught."""
        self._stop = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def watching(console: Console, attempts: int) -> Iterator[ProgressWatch]:
    """A watch that draws on the console if that is a terminal, and takes Ctrl-C while it is open."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        watch = ProgressWatch(progress, attempts)
        before = signal.signal(signal.SIGINT, watch.interrupt)
        try:
            yield watch
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def counting(console: Console, what: str) -> Iterator[ProgressWatch]:
    """A watch that counts attempts, of which nobody knows how many there will be, on the console if that is a terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,} attempts"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield ProgressWatch(progress, None, what)


def _spark(values: Sequence[float], width: int) -> str:
    """A line of blocks, the lowest value lowest."""
    chosen = np.interp(np.linspace(0, len(values) - 1, width), np.arange(len(values)), values)
    low, high = float(chosen.min()), float(chosen.max())
    levels = np.rint((chosen - low) / (high - low or 1) * (len(_BLOCKS) - 2)).astype(int) + 1
    return "".join(_BLOCKS[level] for level in levels)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def show_problem(console: Console, tables: dict[str, dict[str, Any]]) -> None:
    """Tables by title: the problem's statistics, and the arrays it needs."""
    for title, rows in tables.items():
        table = _table(title, "")
        for name, value in rows.items():
            table.add_row(name.replace("_", " "), f"{value:g}" if isinstance(value, float) else escape(str(value)))
        console.print(table)
        console.print()


def show_result(console: Console, result: Result) -> None:
    """The best state, the counters, the energies, and the course of the run."""
    problem, records = result.problem, result.records
    if problem.kind == "max-cut":
        best = f"cut {problem.cut(result.best_state):g}"
    else:
        best = f"value {problem.value(result.best_state):g}"
    width = max(min(console.width - 22, 72), 8)
    replicas = len(result.outcomes)
    _, logs = result.trace
    energy, heat = logs["energy"].mean(axis=0), logs["heat"].mean(axis=0)

    console.print(
        f"[bold]{best}[/bold]  best of {replicas} x {int(records['attempts'].mean()) // problem.cells} sweeps "
        f"of {problem.cells} cells on {result.backend}, {result.array} array, {result.wall_s:.2f} s"
    )
    if not result.complete:
        console.print("[yellow]interrupted: these are the sweeps that were done[/yellow]")
    if problem.quantisation_error:
        console.print(f"quantised: scale {problem.scale:g}, largest error of a coefficient {problem.quantisation_error:g}")
    console.print()
    console.print(f"energy U    [blue]{_spark(energy.tolist(), width)}[/blue]")
    console.print(f"heat Q      [red]{_spark(heat.tolist(), width)}[/red]")
    console.print()

    table = _table("counter", "mean of replicas", "meaning")
    table.columns[2].justify = "left"
    for counter in COUNTERS:
        value = records[counter.name].mean()
        shown = f"{value:,.1f}" if value % 1 else f"{value:,.0f}"
        table.add_row(counter.name, shown, counter.meaning)
    console.print(table)
    console.print()

    bit = bit_J(result.temperature_K)
    table = _table("energy", "bits", f"joules at {result.temperature_K:g} K", "")
    table.columns[3].justify = "left"
    for name, (bits, error), remark in Ledger.of(result).rows():
        if not np.isnan(bits):
            spread = f" ± {error:.1f}" if error > 0 else ""
            table.add_row(name, f"{bits:,.1f}{spread}", f"{bits * bit:.3e}", remark)
    console.print(table)


def show_directory(console: Console, out: Path) -> None:
    """Where the run was saved, and what it is good for."""
    text = f"\nsaved in {out}\n  report: {out / 'report.html'}\n  again:  limulator rerun {out}"
    console.print(text, markup=False, soft_wrap=True)


def show_experiments(console: Console, experiments: Sequence[Experiment]) -> None:
    """A table of what can be run."""
    table = _table("no.", "name", "title", "backends")
    for column in table.columns:
        column.justify = "left"
    for experiment in experiments:
        table.add_row(str(experiment.number), experiment.name, experiment.title, ", ".join(experiment.backends))
    console.print(table)


def show_finished(console: Console, finished: Finished) -> None:
    """What an experiment has found: its tables, its checks, and how long it took."""
    experiment = finished.experiment
    console.print(f"[bold]{experiment.number}. {escape(experiment.title)}[/bold]\n")
    for shown in finished.tables:
        table = _table(*(escape(column) for column in shown.columns))
        numeric = numeric_columns(shown.columns, shown.rows)
        for number, column in enumerate(table.columns):
            column.justify = "right" if number in numeric else "left"
        for row in shown.rows:
            table.add_row(*(escape(cell) for cell in row))
        console.print(escape(shown.title))
        console.print(table)
        console.print()
    table = _table("check", "value", "", "must be", "sigma", "")
    for check in finished.checks:
        table.add_row(
            escape(f"{check.what}, {check.unit}" if check.unit else check.what),
            quantity(check.value, check.standard_error),
            check.relation,
            quantity(check.reference),
            f"{sigmas(check):.2g}",
            "[green]pass[/green]" if check.passed else "[red]FAIL[/red]",
        )
    console.print(table)
    colour = "green" if finished.passed else "red"
    console.print(f"\n[{colour}]{finished.verdict}[/{colour}], {finished.wall_s:.1f} s\n")
