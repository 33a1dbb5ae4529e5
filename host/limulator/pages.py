"""The commands that write pages, and the projection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from .errors import CheckError, ExperimentError
from .options import ArrayName, BackendName, make_console

__all__ = ["experiment", "project", "report"]


def report(
    directories: Annotated[list[Path], typer.Argument(help="run directories", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file to write")] = Path("report.html"),
    technology: Annotated[Path | None, typer.Option(help="TOML file of prices other than Horowitz's of 45 nm")] = None,
) -> None:
    """Write one HTML page on one run or more: result, energies on every machine, traces and bounds."""
    from .energy.walls import Technology
    from .report import Run, run_page, write_page
    from .rundir import RunDirectory

    prices = Technology.read(technology)
    stored = [RunDirectory(directory) for directory in directories]
    runs = [Run(str(place.path), place.load(), place.versions(), prices) for place in stored]
    write_page(output, run_page(runs))
    print(output)


def experiment(
    name: Annotated[str | None, typer.Argument(help="one of --list, or all", show_default=False)] = None,
    listing: Annotated[bool, typer.Option("--list", help="show the experiments there are")] = False,
    backend: Annotated[BackendName | None, typer.Option(help="machine to run on", show_default="fast")] = None,
    array: Annotated[ArrayName, typer.Option(help="array to run on")] = ArrayName.event,
    full: Annotated[
        bool, typer.Option("--full/--quick", help="for the error bars of a publication, or in seconds")
    ] = False,
    seed: Annotated[int, typer.Option(help="fixes initial states and noise")] = 1,
    out: Annotated[Path, typer.Option(help="directory to write to")] = Path("runs/experiments"),
    svg: Annotated[bool, typer.Option("--svg", help="write figures for print, too; needs matplotlib")] = False,
) -> None:
    """Run an experiment that must come out, check it, and write a page on it."""
    from . import experiments
    from .backends import default_backend
    from .console import counting, show_experiments, show_finished
    from .experiments.experiment import Setting
    from .experiments.runner import Finished, perform, prepare, save, save_index
    from .report.svg import check_matplotlib

    console = make_console()
    if listing:
        show_experiments(console, [experiments.load(each) for each in experiments.NAMES])
        return
    if name is None:
        raise typer.BadParameter("name an experiment, or all; --list shows them", param_hint="NAME")
    machine = backend.value if backend else default_backend()
    everything = name == "all"
    chosen = [experiments.load(each) for each in (experiments.NAMES if everything else (name,))]
    if everything:
        chosen = [each for each in chosen if machine in each.backends and array in each.arrays]
    if svg:
        check_matplotlib()
    if seed < 0:
        raise ExperimentError(f"seed must not be negative, got seed={seed}")
    setting = Setting(full, machine, seed, array=array.value)
    prepare(chosen, setting, out)
    done: list[Finished] = []
    if everything:  # that an interrupted one is not taken for an earlier, complete one
        save_index(done, len(chosen), setting, out)
    for each in chosen:
        with counting(console, each.name) as watch:
            done.append(perform(each, replace(setting, watch=watch)))
        show_finished(console, done[-1])
        save(done[-1], out, svg)
        if everything:
            save_index(done, len(chosen), setting, out)
    page = out / "index.html" if everything else out / name / "index.html"
    console.print(f"report: {page}", markup=False, soft_wrap=True)
    failed = [f"{check.what} ({each.experiment.name})" for each in done for check in each.failed]
    if failed:
        count = "1 check" if len(failed) == 1 else f"{len(failed)} checks"
        raise CheckError(f"{count} failed: {', '.join(failed)}: see {page}")


def project(
    params: Annotated[float, typer.Option(help="parameters of the model", show_default=False)],
    ops: Annotated[float, typer.Option(help="update operations of its training", show_default=False)],
    bits: Annotated[int, typer.Option(help="precision of a parameter")] = 16,
    error: Annotated[float | None, typer.Option(help="with which an operation may fail", show_default="2**-bits")] = None,
    rate: Annotated[float | None, typer.Option(help="instead: update rate, as a share of the largest one")] = None,
    temperature: Annotated[float, typer.Option(help="of the reservoir, kelvin")] = 300.0,
) -> None:
    """Project the energy of training a model: digital, learning in memory, and Landauer's bound."""
    from .energy.projection import project as projection

    print(projection(params, ops, bits, error=error, rate=rate, temperature_K=temperature))
