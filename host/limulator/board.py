"""The commands of ``limulator board``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import BoardError, RangeError, RunDirectoryError, SimulatorError
from .options import Deep, make_console

if TYPE_CHECKING:
    from limulator_boards.board import Board
    from limulator_hdl.formats import Shape
    from limulator_hdl.graph import Graph

__all__ = ["board"]

board = typer.Typer(no_args_is_help=True, help="Boards: build, flash, and virtual ones.")

Name = Annotated[str, typer.Option("--board", help="which board")]
Which = Annotated[str, typer.Argument(metavar="NAME", help="which board, see limulator board list", show_default=False)]
GraphFile = Annotated[
    Path | None, typer.Option("--graph", help="a problem's file: the colour array of its graph, not the board's own")
]
Lanes = Annotated[
    int | None, typer.Option(help="candidates a clock, a divisor of the cells; of a graph any number, see info")
]
Directory = Annotated[Path | None, typer.Option("-o", "--output", help="directory [default: build/NAME]")]


def _find(name: str) -> Board:
    from limulator_boards.board import BOARDS

    if name not in BOARDS:
        raise BoardError(f"no board named {name!r}: use one of {', '.join(BOARDS)}")
    return BOARDS[name]


def _directory(given: Path | None, name: str) -> Path:
    return Path("build") / name if given is None else given


@contextmanager
def _tools() -> Iterator[None]:
    """Turns what the tools have to complain of into errors of the command line."""
    from limulator_boards.tools import SynthesisError

    try:
        yield
    except SynthesisError as error:
        raise BoardError(str(error)) from error
    except OSError as error:
        raise RunDirectoryError(f"cannot write {error.filename}: {error.strerror}: choose another directory") from None


def _reshape(shape: Shape, **wanted: int | None) -> Shape:
    """The shape with what is wanted, and fields as wide as that takes."""
    given = {name: value for name, value in wanted.items() if value is not None}
    try:
        return replace(shape, **given, field_bits=None) if given else shape
    except ValueError as error:
        raise RangeError(str(error)) from None


def _array_of(
    board: Board, file: Path | None, deep: bool, lanes: int | None, **asked: int | None
) -> tuple[Shape, Graph | None]:
    """The board's own array, or another of its kind that is asked for, or the colour array of a problem's graph."""
    if file is None:
        if deep:
            raise typer.BadParameter("give a --graph", param_hint="--deep")
        return _reshape(board.shape, lanes=lanes, **asked), None
    for option in [option for option, value in asked.items() if value is not None]:
        raise typer.BadParameter("the graph decides it", param_hint=f"--{option.replace('_', '-')}")

    from limulator_boards.board import suited

    from .anneal import arrange
    from .readers import read_problem
    from .schedule import Schedule

    problem = read_problem(file)
    arrangement = arrange(problem, Schedule.automatic(problem, 1000), lanes, "deep" if deep else "color")
    return suited(arrangement.shape, board), arrangement.graph


@board.command("list")
def list_boards() -> None:
    """List the boards, with the arrays that they are built with."""
    from rich.table import Table

    from limulator_boards.board import BOARDS

    table = Table("board", "FPGA")
    for column in ("cells", "lanes", "MHz"):
        table.add_column(column, justify="right")
    for each in BOARDS.values():
        shape = each.shape
        table.add_row(each.name, each.device, str(shape.cells), str(shape.lanes), f"{each.clock_Hz / 1e6:g}")
    make_console().print(table)


@board.command()
def build(
    name: Which,
    cells: Annotated[int | None, typer.Option(help="N", show_default="the board's")] = None,
    lanes: Lanes = None,
    bits: Annotated[int | None, typer.Option(help="width of a cell")] = None,
    coupling_bits: Annotated[int | None, typer.Option(help="width of a signed coupling")] = None,
    graph: GraphFile = None,
    deep: Deep = False,
    clock: Annotated[float | None, typer.Option(help="of the array, MHz", show_default="the board's")] = None,
    output: Directory = None,
) -> None:
    """Build a board's bitstream with open tools; minutes, and for large arrays hours."""
    from limulator_boards.build import build as make

    chosen = _find(name)
    if clock is not None:
        chosen = replace(chosen, clock_Hz=clock * 1e6)
    shape, wires = _array_of(chosen, graph, deep, lanes, cells=cells, bits=bits, coupling_bits=coupling_bits)
    console = make_console()
    with _tools(), console.status("...") as status:
        made = make(chosen, shape, _directory(output, name), lambda stage: status.update(f"{name}: {stage}"), wires)
    report = made.report
    console.print(
        f"{made.bitstream}: {shape.cells} cells, {shape.lanes} lanes, {made.clock_Hz / 1e6:g} MHz "
        f"(up to {report.fmax_Hz / 1e6:.1f}), {report.luts} LUTs, {report.memories} memories, "
        f"{report.multipliers} multipliers",
        markup=False,
        soft_wrap=True,
    )


@board.command("flash")
def flash_board(name: Which, output: Directory = None) -> None:
    """Write the bitstream that was built to a board's flash memory, with openFPGALoader."""
    from limulator_boards.build import bitstream
    from limulator_boards.load import flash

    chosen = _find(name)
    with _tools():
        flash(chosen, bitstream(chosen, _directory(output, name)))


@board.command()
def virtual(
    name: Name = "icebreaker",
    graph: GraphFile = None,
    deep: Deep = False,
    lanes: Lanes = None,
    port: Annotated[int, typer.Option(help="TCP port, 0 for any that is free")] = 0,
    pty: Annotated[bool, typer.Option("--pty", help="a pseudo-terminal, too")] = False,
) -> None:
    """Be a board: the whole of it simulated by Verilator, its serial line on a TCP port; until Ctrl-C."""
    from limulator_boards.serial import SerialError
    from limulator_boards.virtual import VirtualPort
    from limulator_sim.link import SimulationError

    shape, wires = _array_of(_find(name), graph, deep, lanes)
    console = make_console()
    try:
        line = VirtualPort(shape, wires, port, pty)
    except SimulationError as error:
        raise SimulatorError(str(error)) from error
    except SerialError as error:
        raise BoardError(str(error)) from error
    what = f"{name}, {shape.cells} cells" if graph is None else f"the {shape.array} array of {graph}"
    command = "limulator solve GRAPH.txt" if graph is None else f"limulator solve {graph} --array {shape.array}"
    console.print(f"{what}; Ctrl-C ends it", markup=False, soft_wrap=True)
    for end in filter(None, [line.url, line.terminal]):
        console.print(f"{command} --backend serial:{end}", markup=False, soft_wrap=True)
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs would not hear it
    try:
        line.serve()
    except KeyboardInterrupt:
        pass
    finally:
        line.close()


@board.command()
def csr(
    name: Name = "icebreaker",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="file to write [default: standard output]")] = None,
) -> None:
    """Write a board's address map as the csr.csv of LiteX's clients."""
    from limulator_boards.csr import csr_csv

    text = csr_csv(_find(name).shape)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text)
    except OSError as error:
        raise RunDirectoryError(f"cannot write {output}: {error.strerror}: choose another file") from None
