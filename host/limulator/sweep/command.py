"""The command ``limulator sweep``."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SweepError
from ..options import Quiet, make_console

if TYPE_CHECKING:
    from .grid import Sweep

__all__ = ["sweep"]

_INTERRUPTED = 130


def sweep(
    file: Annotated[Path, typer.Argument(metavar="EXPERIMENT.toml", help="what to run", show_default=False)],
    out: Annotated[Path | None, typer.Option(help="directory to write to, by default runs/EXPERIMENT")] = None,
    workers: Annotated[int | None, typer.Option(help="processes on this machine, by default one for each core")] = None,
    scheduler: Annotated[str | None, typer.Option(help="instead: address of a Dask scheduler, tcp://...")] = None,
    slurm: Annotated[bool, typer.Option("--slurm", help="instead: jobs as the table slurm of the file says")] = False,
    quiet: Quiet = False,
) -> None:
    """Run a grid of problems, schedules and seeds on many processes; the same command goes on where it was stopped."""
    from ..console import watching
    from ..report import write_page
    from .cluster import check_packages
    from .coordinator import run
    from .grid import read_sweep
    from .page import Outcome, sweep_page
    from .parquet import write_tables
    from .store import Store
    from .tasks import plan

    check_packages()
    asked = read_sweep(file)
    _check_where(workers, scheduler, slurm, asked)
    store = Store(out or Path("runs") / file.stem)
    console = make_console(quiet)
    planned = plan(asked, file.parent)
    with store.opened():
        records = store.begin(file, planned.tasks)
        for path in store.damaged:
            console.print(f"{path} is damaged: its task is run again", markup=False, soft_wrap=True)
        missing = [task for task in planned.tasks if task.identity not in records]
        if records:
            console.print(f"{len(records)} of {planned.size} tasks are done already", markup=False)
        failures = list(planned.failures)
        stopped = False
        if missing:
            with watching(console, sum(task.attempts for task in missing)) as watch:
                with _workers(workers, scheduler, asked if slurm else None) as client:
                    done, failed = run(client, planned, missing, store, watch)
                stopped = watch.stop
            records |= {record.task.identity: record for record in done}
            failures += failed
        ordered = [records[task.identity] for task in planned.tasks if task.identity in records]
        outcome = Outcome(file, asked, planned, ordered, failures)
        command = join(["limulator", "sweep", str(file), "--out", str(store.path)])
        write_tables(ordered, store)
        write_page(store.path / "index.html", sweep_page(outcome, command))
    for failure in failures:
        print(f"limulator: {' '.join(str(failure).split())}", file=sys.stderr)
    text = f"{outcome.done}, saved in {store.path}\n  report: {store.path / 'index.html'}"
    console.print(f"{text}\n  table:  {store.path / 'results.parquet'}", markup=False, soft_wrap=True)
    if stopped and not outcome.complete:
        print(f"limulator: interrupted, this goes on: {command}", file=sys.stderr)
        raise typer.Exit(_INTERRUPTED)
    if failures:
        raise SweepError(f"{outcome.done}: mend what the lines above say, and run the same command again")


def _check_where(workers: int | None, scheduler: str | None, slurm: bool, asked: Sweep) -> None:
    """Raise :class:`.SweepError` unless it is clear where to run."""
    if (workers is not None) + (scheduler is not None) + slurm > 1:
        raise SweepError("--workers, --scheduler and --slurm are three places to run: choose one")
    if workers is not None and workers < 1:
        raise SweepError(f"workers must be at least 1, got --workers {workers}")
    if slurm and asked.slurm is None:
        raise SweepError("--slurm needs a table [slurm] in the experiment file, at least with memory")


def _workers(workers: int | None, scheduler: str | None, asked: Sweep | None) -> Any:
    """A context that gives the client of the workers."""
    from . import cluster

    if scheduler is not None:
        return cluster.connected(scheduler)
    if asked is not None and asked.slurm is not None:
        return cluster.slurm(asked.slurm)
    return cluster.local(workers)
