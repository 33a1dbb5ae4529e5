"""QUBO in the format of D-Wave's qbsolv."""

from __future__ import annotations

from ..couplings import check_cells
from ..problem import Problem
from .entries import check_count, parse_entries, parse_header
from .text import Text

__all__ = ["read_qubo"]


def read_qubo(text: Text, name: str, levels: int | None) -> Problem:
    """A header "p qubo 0 maxNodes nNodes nCouplers", then nNodes lines "i i value" and nCouplers lines "i j value"."""
    lines = text.content("c")
    header = next(lines, None)
    expected = "p qubo 0 maxNodes nNodes nCouplers"
    fields = [] if header is None else header[1].split()
    if header is None or fields[:2] != ["p", "qubo"]:
        raise text.error(f"expected {expected!r}", header and header[0])
    # The third field names a topology; everything known says 0 or "unconstrained".
    cells, nodes, couplers = parse_header(text, header[0], fields[3:], "maxNodes nNodes nCouplers")
    if not cells:
        raise text.error("a problem needs a node", header[0])
    check_cells(cells)
    entries = parse_entries(text, lines, cells)
    entries.refuse(entries.i > entries.j, "a coupler needs i < j")
    diagonal = int(entries.on_diagonal.sum())
    check_count(text, "nodes", nodes, diagonal)
    check_count(text, "couplers", couplers, entries.value.size - diagonal)
    return Problem.qubo(entries.matrix(), name=name, levels=levels)
