"""Changes to yosys's netlists, in its JSON format, that its scripts cannot make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["WIDE_WORDS", "clock_reads", "end_carries"]


def end_carries(netlist: Path, top: str) -> None:
    """Leave the last carry of each chain open where nothing uses it; nextpnr would spend two LUTs on bringing it out."""
    design = json.loads(netlist.read_text())
    module = design["modules"][top]
    used = {bit for port in module["ports"].values() for bit in port["bits"]}
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                used.update(bits)
    for cell in module["cells"].values():
        if cell["type"] == "CCU2C" and not used.intersection(cell["connections"]["COUT"]):
            cell["connections"]["COUT"] = ["x"]
    netlist.write_text(json.dumps(design))


WIDE_WORDS = 512
"""A memory of bus words that has more is worth a block of the wide kind."""


def clock_reads(netlist: Path) -> None:
    """Read memories that have no clocked read port on the falling edge, mark large ones of bus words as ``wide``, and take
    blocks for those that would be small ones of LUTs elsewhere.

    iCE40 has no memory that is read without a clock, and would make flip-flops of them. The gateware's addresses there come
    straight from registers, and it writes on the rising edge: what the falling edge finds is what a read without a clock
    would give, half a clock later. nextpnr knows the half clock and counts it in Fmax.

    ``wide`` memories have one enable for a whole word of 32 bits, and the gateware never reads and writes them at once.
    """
    design = json.loads(netlist.read_text())
    for module in design["modules"].values():
        for cell in module["cells"].values():
            if cell["type"] == "$mem_v2":
                _clock_read(cell)
                if cell["attributes"].get("ram_style") == "distributed":
                    cell["attributes"]["ram_style"] = "block"
                enables = {str(bit) for bit in cell["connections"]["WR_EN"]}
                if _number(cell, "WIDTH") == 32 and _number(cell, "SIZE") > WIDE_WORDS and len(enables) == 1:
                    cell["attributes"]["wide"] = "1"
    netlist.write_text(json.dumps(design))


def _number(cell: dict[str, Any], parameter: str) -> int:
    return int(cell["parameters"][parameter], 2)


def _clock_read(cell: dict[str, Any]) -> None:
    ports, read = cell["connections"], cell["parameters"]
    if _number(cell, "RD_PORTS") == _number(cell, "WR_PORTS") == 1 and not _number(cell, "RD_CLK_ENABLE"):
        read["RD_CLK_ENABLE"], read["RD_CLK_POLARITY"] = "1", "0"
        ports["RD_CLK"], ports["RD_EN"] = ports["WR_CLK"], ["1"]
        cell["attributes"]["ram_style"] = "block"
