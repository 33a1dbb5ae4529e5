"""The commands of ``limulator board``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .errors import BoardError, RunDirectoryError, SimulatorError
from .options import make_console

if TYPE_CHECKING:
    from limulator_boards.board import Board

__all__ = ["board"]

board = typer.Typer(no_args_is_help=True, help="Boards, and virtual ones.")

Name = Annotated[str, typer.Option("--board", help="which board")]


def _find(name: str) -> Board:
    from limulator_boards.board import BOARDS

    if name not in BOARDS:
        raise BoardError(f"no board named {name!r}: use one of {', '.join(BOARDS)}")
    return BOARDS[name]


@board.command()
def virtual(
    name: Name = "icebreaker",
    port: Annotated[int, typer.Option(help="TCP port, 0 for any that is free")] = 0,
    pty: Annotated[bool, typer.Option("--pty", help="a pseudo-terminal, too")] = False,
) -> None:
    """Be a board: the whole of it simulated by Verilator, its serial line on a TCP port; until Ctrl-C."""
    from limulator_boards.serial import SerialError
    from limulator_boards.virtual import VirtualPort
    from limulator_sim.link import SimulationError

    chosen = _find(name)
    console = make_console()
    try:
        line = VirtualPort(chosen.shape, port, pty)
    except SimulationError as error:
        raise SimulatorError(str(error)) from error
    except SerialError as error:
        raise BoardError(str(error)) from error
    console.print(f"{name}, {chosen.shape.cells} cells; Ctrl-C ends it", markup=False, soft_wrap=True)
    for end in filter(None, [line.url, line.terminal]):
        console.print(f"limulator solve GRAPH.txt --backend serial:{end}", markup=False, soft_wrap=True)
    sys.stdout.flush()
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
