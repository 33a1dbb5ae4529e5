"""The command that writes an array's Verilog."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from .errors import RangeError, RunDirectoryError
from .options import Deep, Levels

__all__ = ["verilog"]


def verilog(
    cells: Annotated[int | None, typer.Option(help="N", show_default=False)] = None,
    lanes: Annotated[
        int | None,
        typer.Option(help="candidates a clock: 1, or another divisor of the cells; of a graph any number, see info"),
    ] = None,
    bits: Annotated[int | None, typer.Option(help="width of a cell", show_default="1")] = None,
    coupling_bits: Annotated[int | None, typer.Option(help="width of a signed coupling", show_default="2")] = None,
    coupling_shift: Annotated[
        int | None, typer.Option(help="couplings are multiples of 2**shift", show_default="0")
    ] = None,
    graph: Annotated[
        Path | None, typer.Option(help="a problem's file: the colour array of its graph, instead of an event array")
    ] = None,
    deep: Deep = False,
    levels: Levels = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Verilog file; the map goes beside it")] = None,
) -> None:
    """Write the array's Verilog, and its register map as JSON and Markdown, for embedding.

    Beside the map of a colour array the JSON holds, for each position, the graph's cell there ("order", -1 for none) and
    the positions it is wired to ("neighbours").
    """
    from limulator_hdl.formats import Shape
    from limulator_hdl.generate import generate_verilog
    from limulator_hdl.registers import RegisterMap

    from .anneal import arrange
    from .readers import read_problem
    from .schedule import Schedule

    asked = {"cells": cells, "bits": bits, "coupling_bits": coupling_bits, "coupling_shift": coupling_shift}
    given = {name: value for name, value in asked.items() if value is not None}
    if graph is None:
        if deep:
            raise typer.BadParameter("give a --graph", param_hint="--deep")
        if cells is None:
            raise typer.BadParameter("give the number of cells, or a --graph", param_hint="--cells")
        try:
            shape = Shape(**given, lanes=1 if lanes is None else lanes)
        except ValueError as error:
            raise RangeError(str(error)) from None
        wires, more = None, {}
    else:
        for name in given:
            raise typer.BadParameter("the graph decides it", param_hint=f"--{name.replace('_', '-')}")
        problem = read_problem(graph, levels=levels)
        arrangement = arrange(problem, Schedule.automatic(problem, 1000), lanes, "deep" if deep else "color")
        shape, wires = arrangement.shape, arrangement.graph
        more = {"order": arrangement.order.tolist(), "neighbours": wires.neighbours}
    source = generate_verilog(shape, wires)
    if output is None:
        sys.stdout.write(source)
        return
    registers = RegisterMap(shape, wires)
    try:
        output.write_text(source)
        output.with_suffix(".map.json").write_text(json.dumps(registers.describe() | more, indent=1) + "\n")
        output.with_suffix(".map.md").write_text(registers.markdown())
    except OSError as error:
        raise RunDirectoryError(f"cannot write {error.filename}: {error.strerror}: choose another file") from None
