"""Graphs for max-cut as the generator rudy writes them: G-set, Biq Mac."""

from __future__ import annotations

from ..couplings import check_cells
from ..problem import Problem
from .entries import check_count, parse_entries, parse_header
from .text import Text

__all__ = ["read_rudy"]


def read_rudy(text: Text, name: str, levels: int | None) -> Problem:
    """A header "nodes edges", then a line "i j [weight]" for every edge."""
    lines = text.content("#")
    header = next(lines, None)
    if header is None:
        raise text.error("no header 'nodes edges'")
    nodes, count = parse_header(text, header[0], header[1].split(), "nodes edges")
    if not nodes:
        raise text.error("a graph needs a node", header[0])
    check_cells(nodes)
    edges = parse_entries(text, lines, nodes, first=1, default="1")
    edges.refuse(edges.on_diagonal, "an edge from a node to itself")
    check_count(text, "edges", count, edges.value.size)
    return Problem.max_cut(edges.matrix(), name=name, levels=levels)
