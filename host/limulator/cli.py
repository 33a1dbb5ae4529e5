"""The command line: ``limulator``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from . import pages
from .board import board
from .errors import LimulatorError, RangeError, RunDirectoryError
from .options import ArrayName, CurveName, File, Json, Levels, Machine, Out, Quiet, make_console
from .sweep.command import sweep
from .verilog import verilog

if TYPE_CHECKING:
    from .problem import Problem
    from .result import Result
    from .schedule import Schedule
    from .stages import Stages

__all__ = ["main"]

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class _Commands(typer.core.TyperGroup):
    """Says that it was interrupted where no result could be saved; typer itself leaves without a word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("limulator: interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="An open emulator of learning-in-memory hardware.",
)

DEMO_PROBLEM = "torus8.txt"


def _run(
    problem: Problem,
    schedule: Schedule | Stages,
    settings: dict[str, Any],
    json_file: Path | None,
    out: Path | None,
    quiet: bool,
) -> Result:
    """Solve, show and save; what can be refused is refused before the run begins."""
    from .anneal import solve
    from .console import show_directory, show_result, watching
    from .rundir import RunDirectory

    to_stdout = _is_stdout(json_file)
    if json_file is not None and not to_stdout:
        if json_file.is_dir():
            raise RunDirectoryError(f"cannot write {json_file}: it is a directory, name a file in it")
        if not json_file.resolve().parent.is_dir():
            raise RunDirectoryError(f"cannot write {json_file}: make the directory {json_file.parent} first")
    directory = None if out is None else RunDirectory(out)
    if directory is not None:
        directory.begin(problem, schedule, settings)
    console = make_console(quiet or to_stdout)
    attempts = problem.cells * schedule.sweeps * settings["replicas"]
    try:
        with watching(console, attempts) as watch:
            result = solve(problem, schedule, watch=watch, **settings)
    except LimulatorError:
        if directory is not None:
            directory.discard()
        raise
    document = json.dumps(result.as_dict(), indent=1)
    if directory is not None:
        directory.finish(result)
    if to_stdout:
        print(document)
    elif json_file is not None:
        try:
            json_file.write_text(document + "\n")
        except OSError as error:
            raise RunDirectoryError(f"cannot write {json_file}: {error.strerror}: choose another file") from None
    show_result(console, result)
    if out is not None:
        show_directory(console, out)
    return result


def _is_stdout(json_file: Path | None) -> bool:
    return json_file is not None and str(json_file) == "-"


def _leave(result: Result) -> None:
    if not result.complete:
        raise typer.Exit(INTERRUPTED)


@app.command()
def solve(
    file: File,
    backend: Machine = None,
    sweeps: Annotated[int, typer.Option(help="attempts of each cell")] = 1000,
    schedule: Annotated[CurveName, typer.Option(help="how beta rises")] = CurveName.geometric,
    beta_min: Annotated[float | None, typer.Option(help="first beta, bits per unit of E", show_default="automatic")] = None,
    beta_max: Annotated[float | None, typer.Option(help="last beta", show_default="automatic")] = None,
    barrier: Annotated[float, typer.Option(help="barrier E0, bits")] = 0.0,
    array: Annotated[
        ArrayName,
        typer.Option(help="any-to-any couplings, or wired for the graph, or a square torus in memory, or what suits it"),
    ] = ArrayName.event,
    lanes: Annotated[int | None, typer.Option(help="candidates a clock; of an event array a divisor of the cells")] = None,
    replicas: Annotated[int, typer.Option(help="independent runs, with consecutive seeds")] = 1,
    seed: Annotated[int, typer.Option(help="fixes initial states and noise")] = 0,
    temperature: Annotated[float, typer.Option(help="of the reservoir, kelvin, for joules")] = 300.0,
    levels: Levels = None,
    json_file: Json = None,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Anneal a problem, and account for every bit of heat."""
    from .anneal import choose_array
    from .backends import default_backend, find_backend
    from .readers import read_problem
    from .schedule import Schedule

    backend = backend or default_backend()
    problem = read_problem(file, levels=levels)
    chosen = Schedule.automatic(problem, sweeps, schedule.value, beta_min, beta_max, barrier)
    shape = find_backend(backend).shape
    settings = {
        "backend": backend,
        "array": choose_array(problem, array.value, shape),
        "lanes": lanes,
        "shape": shape,
        "replicas": replicas,
        "seed": seed,
        "temperature_K": temperature,
    }
    _leave(_run(problem, chosen, settings, json_file, out, quiet))


@app.command()
def rerun(
    directory: Annotated[Path, typer.Argument(help="run directory", show_default=False)],
    backend: Machine = None,
    json_file: Json = None,
    out: Out = None,
    quiet: Quiet = False,
) -> None:
    """Run a run directory again from itself, and compare the outcome with what it holds."""
    from .anneal import shape_for
    from .rundir import RunDirectory

    stored = RunDirectory(directory)
    problem, schedule, settings = stored.read()
    before = stored.read_result()
    if backend is not None:
        settings["backend"] = backend
        asked = settings["lanes"], settings.get("array", "event")
        settings["shape"] = settings.get("shape") or shape_for(problem, schedule, *asked)
    result = _run(problem, schedule, settings, json_file, out, quiet)
    if result.complete and before is not None:
        stored.compare(before, result)
        if not (quiet or _is_stdout(json_file)):
            print(f"identical to {directory}")
    _leave(result)


@app.command()
def demo(out: Out = None) -> None:
    """Solve a shipped problem: a spin glass on an 8 x 8 torus."""
    from .backends import default_backend
    from .readers import read_problem
    from .schedule import Schedule

    with as_file(files(__package__) / "data" / DEMO_PROBLEM) as path:
        problem = read_problem(path)
    # from beta = 0, so that the works of the run tell its partition function, and with it how near to its bound it came
    schedule = Schedule("linear", 500, 0.0, 4.0, barrier=1.0)
    settings = {"backend": default_backend(), "lanes": None, "replicas": 64, "seed": 1, "temperature_K": 300.0}
    _leave(_run(problem, schedule, settings, None, out or _fresh(Path("runs")), quiet=False))


def _fresh(parent: Path) -> Path:
    """The first of demo-1, demo-2, ... that is not there yet."""
    number = 1
    while (parent / f"demo-{number}").exists():
        number += 1
    return parent / f"demo-{number}"


@app.command()
def info(file: File, lanes: Annotated[int | None, typer.Option()] = None, levels: Levels = None) -> None:
    """Show a problem's statistics, its field range, and the arrays that it needs."""
    from .anneal import arrange, shape_for
    from .console import show_problem
    from .readers import read_problem
    from .schedule import Schedule

    problem = read_problem(file, levels=levels)
    schedule = Schedule.automatic(problem, 1000)
    tables = {
        "problem": problem.statistics() | {"beta_min": schedule.beta_min, "beta_max": schedule.beta_max},
    }
    arrays: dict[str, Callable[[], dict[str, Any]]] = {
        "event": lambda: shape_for(problem, schedule, lanes).as_dict(),
        "colour": lambda: arrange(problem, schedule, lanes).statistics(),
        "deep": lambda: arrange(problem, schedule, lanes, "deep").statistics(),
    }
    refused: dict[str, RangeError] = {}
    for name, needed in arrays.items():
        try:
            tables[f"{name} array"] = needed()
        except RangeError as error:
            refused[name] = error
            if name != "deep":  # which few problems are for
                tables[f"{name} array"] = {"none": str(error)}
    if len(refused) == len(arrays):
        raise refused["event"]
    show_problem(make_console(), tables)


for command in (verilog, pages.report, pages.experiment, pages.project, sweep):
    app.command()(command)

app.add_typer(board, name="board")


def main() -> None:
    """Run the command line; an error that a user can mend is one line and an exit code of its own."""
    try:
        app()
    except LimulatorError as error:
        print(f"limulator: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(error.exit_code)
