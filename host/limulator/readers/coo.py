"""Ising problems and QUBO as coordinate lists, as dimod writes them."""

from __future__ import annotations

import re

from scipy import sparse

from ..problem import Problem
from .entries import parse_entries
from .text import Text

__all__ = ["VARTYPE", "read_coo"]

VARTYPE = re.compile(r"\s*#.*?vartype[:=]\s*([-.\w]+)")
"""The line that says what the numbers stand for."""


def read_coo(text: Text, name: str, levels: int | None) -> Problem:
    """A line "# vartype=SPIN" or "# vartype=BINARY", then lines "i j value"."""
    headers = [(number, match[1]) for number, line in enumerate(text.lines, 1) if (match := VARTYPE.match(line))]
    if not headers:
        raise text.error("no line '# vartype=BINARY' or '# vartype=SPIN', and there is no default: add one")
    vartype = headers[0][1]
    for number, other in headers:
        if other not in ("BINARY", "SPIN") or other != vartype:
            raise text.error("vartype must be BINARY or SPIN, the same in the whole file", number)
    matrix = parse_entries(text, text.content("#")).matrix()
    if vartype == "BINARY":
        return Problem.qubo(matrix, name=name, levels=levels)
    return Problem.ising(sparse.triu(matrix, 1), matrix.diagonal(), name=name, levels=levels)
