"""Where the block memories of a deep colour array go: those of neighbouring lanes side by side.

nextpnr's static placer moves memories with the logic around them, and then gives each the next site that is free. Where
nearly all sites are taken that is far away: with 432 lanes of an earlier gateware, wire grew from 200,000 tiles to 754,000
in that step.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

from limulator_hdl.fanout import GROUP

__all__ = ["MIDDLE", "PATH", "floorplan"]

_BLOCKS = (*range(0, 63, 9), *range(65, 119, 9))
_IN_BLOCK = ((4, "EBR0"), (6, "EBR1"), (8, "EBR2"), (10, "EBR3"))
"""A row of memories has 13 blocks, from these columns on, of 4 memories each."""


def _row(y: int) -> list[str]:
    """nextpnr's names of the memory sites of a row of an ECP5-85, from the left."""
    return [f"X{block + x}/Y{y}/{name}" for block in _BLOCKS for x, name in _IN_BLOCK]


def _without_middle(row: list[str]) -> list[str]:
    half = len(row) // 2
    return row[: half - 2] + row[half + 2 :]


_ROWS = {y: _row(y) for y in (22, 46, 70, 82)}
_APART = {y: _without_middle(row) for y, row in _ROWS.items()}

PATH = [
    *_APART[46],
    *reversed(_APART[22]),
    *(site for pair in zip(_APART[70], _APART[82], strict=True) for site in pair),
]
"""Sites for the memories of lanes, in the lanes' order: to the right, to the left, and to the right in two rows that lie
near each other."""

MIDDLE = [site for y, row in _ROWS.items() for site in row if site not in _APART[y]]
"""Sites for the others, which all lanes have in common."""

_OF_LANES = re.compile(r"(?:^|\.)(?:cells\.(?P<kind>row|linear|own|same|fourth)|lanes)(?P<lane>\d+)[._]")
"""Names of memories in the netlist of a colour array, with their first lane."""

_NEAR = ("row", "linear")
"""Kinds of memories that a few lanes have; the others are all lanes' of a group."""


def floorplan(netlist: Path, top: str) -> None:
    """Fix the memories of a deep array, if there is one in a flat netlist, on sites of an ECP5-85."""
    design = json.loads(netlist.read_text())
    cells = design["modules"][top]["cells"]
    groups: dict[int, list[tuple[int, str, str | None]]] = defaultdict(list)
    common = []
    for name in sorted(name for name, cell in cells.items() if cell["type"] == "DP16KD"):
        if found := _OF_LANES.search(name):
            lane = int(found["lane"])
            groups[lane // GROUP].append((lane, name, found["kind"]))
        else:
            common.append(name)
    if not any(kind == "own" for members in groups.values() for _, _, kind in members):
        return
    of_lanes = []
    for _, members in sorted(groups.items()):
        near = [name for _, name, kind in sorted(members) if kind in _NEAR]
        half = len(near) // 2
        of_lanes += [*near[:half], *(name for _, name, kind in members if kind not in _NEAR), *near[half:]]
    middle = len(MIDDLE)
    names = [*common[:middle], *of_lanes, *common[middle:]]
    sites = [*MIDDLE[: len(common)], *PATH, *MIDDLE[len(common) :]]
    for name, site in zip(names, sites, strict=False):  # nextpnr tells of those that are too many
        cells[name]["attributes"]["BEL"] = site
    netlist.write_text(json.dumps(design))
