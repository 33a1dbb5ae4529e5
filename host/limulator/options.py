"""What the commands of the command line have in common."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "ArrayName",
    "BackendName",
    "CurveName",
    "Deep",
    "File",
    "Json",
    "Levels",
    "Machine",
    "Out",
    "Quiet",
    "make_console",
]


class BackendName(StrEnum):
    """Machines by name."""

    fast = "fast"
    golden = "golden"
    icarus = "icarus"
    verilator = "verilator"


def _machine(name: str) -> str:
    if not (name in [*BackendName] or name.startswith("serial:")):
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(BackendName)}, serial:PORT.")
    return name


Machine = Annotated[
    str | None,
    typer.Option(
        parser=_machine,
        metavar=f"[{'|'.join(BackendName)}|serial:PORT]",
        help="machine to run on; all agree to the bit",
        show_default="fast",
    ),
]


class ArrayName(StrEnum):
    """Arrays by name."""

    event = "event"
    color = "color"
    deep = "deep"
    auto = "auto"


class CurveName(StrEnum):
    """Schedules by name."""

    constant = "constant"
    linear = "linear"
    geometric = "geometric"
    log = "log"
    fowler_nordheim = "fowler-nordheim"


File = Annotated[
    Path,
    typer.Argument(
        help="rudy / G-set graph, qbsolv .qubo, dimod .coo, Ising .ising .qh .sg, or .qplib file", show_default=False
    ),
]
Levels = Annotated[int | None, typer.Option(help="round coefficients that do not fit to this many integer levels")]
Deep = Annotated[bool, typer.Option("--deep", help="the deep array of a graph that is a square torus: a side is its lanes")]
Out = Annotated[Path | None, typer.Option(help="run directory to write")]
Json = Annotated[Path | None, typer.Option("--json", help="file for the result as JSON; - for standard output")]
Quiet = Annotated[bool, typer.Option("--quiet", help="show nothing but errors")]


def make_console(quiet: bool = False) -> Console:
    """A console for plain text, numbers and names as they are."""
    from rich.console import Console

    return Console(quiet=quiet, highlight=False, emoji=False)
