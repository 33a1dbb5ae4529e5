"""Readers of the common file formats of optimisation problems; each may be compressed with gzip.

=========  ===========================  ================================================================================
format     suffix                       content
=========  ===========================  ================================================================================
``rudy``   .rud .mc .gset, .txt or      "nodes edges", then a line "i j [weight]" for every edge, counted from 1; the
           none                         default weight is 1. A max-cut problem, as in G-set and Biq Mac. "#": comment
``qubo``   .qubo                        qbsolv: "p qubo 0 maxNodes nNodes nCouplers", then nNodes lines "i i value" and
                                        nCouplers lines "i j value", i < j, counted from 0. Minimised. "c": comment
``coo``    .coo                         dimod: "# vartype=SPIN" (an Ising problem) or "# vartype=BINARY" (a QUBO), then
                                        "i j value" lines, counted from 0; i = j is a linear term. "#": comment
``ising``  .ising .qh                   Qubist: "spins lines", then "i j J" and "i i h" or "i h" lines, counted from 0 or
                                        1: the energy is +sum J s s + sum h s, as in dimod. "#": comment
``sg``     .sg .gsg                     spin glass server: "spins interactions", then "i j J" lines, counted from 1: the
                                        energy is -sum J s s, positive J ferromagnetic. "#": comment
``qplib``  .qplib                       QPLIB: binary variables, or integers in a box that cells fill, no constraints;
                                        minimised or maximised. See :mod:`limulator.readers.qplib`
=========  ===========================  ================================================================================

A file named .txt, or without a suffix, is read as qubo or coo if it has such a header; what begins with a digit, as in
g05_100.0, is no suffix. A number that no line mentions is a cell without couplings. Sources: the rudy format as the Biq
Mac library documents it; "qbsolv Input File Format" in D-Wave's Ocean documentation; dimod.serialization.coo, where a
vartype has no default either; LANL's bqpjson, which writes .qh; the format descriptions of http://mcsparse.uni-bonn.de for
.sg and .mc.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ..problem import Problem
from .coo import VARTYPE, read_coo
from .ising import read_ising, read_sg
from .qplib import read_qplib
from .qubo import read_qubo
from .rudy import read_rudy
from .text import Text

__all__ = ["FORMATS", "read_problem"]

FORMATS = {
    "rudy": read_rudy,
    "qubo": read_qubo,
    "coo": read_coo,
    "ising": read_ising,
    "sg": read_sg,
    "qplib": read_qplib,
}
"""The readers by name."""

_SUFFIXES = {
    ".rud": "rudy",
    ".mc": "rudy",
    ".gset": "rudy",
    ".qubo": "qubo",
    ".coo": "coo",
    ".ising": "ising",
    ".qh": "ising",
    ".sg": "sg",
    ".gsg": "sg",
    ".qplib": "qplib",
}


def read_problem(path: str | PathLike[str], format: str | None = None, levels: int | None = None) -> Problem:
    """Read a problem from a file.

    Parameters
    ----------
    path : path
        The file; with a last suffix .gz it is decompressed.
    format : {"rudy", "qubo", "coo", "ising", "sg", "qplib"}, optional
        By default told from suffix and content.
    levels : int, optional
        Largest integer coupling to round to, see :func:`limulator.quantise.quantise`; by default nothing is rounded.

    Returns
    -------
    Problem
        Named after the file. Cell k is the node k, or k + 1 where the format counts from 1.

    Raises
    ------
    FileFormatError
        If the file is missing, is not text, breaks the format, or asks for what no array does.
    ProblemError
        If values are no multiples of a common unit and ``levels`` is not given.
    RangeError
        If a value is too large, or an array cannot have that many cells.
    """
    path = Path(path)
    text = Text.read(path)
    inner = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    suffix, name = inner.suffix.lower(), inner.stem
    if suffix[1:2].isdigit():
        suffix, name = "", inner.name
    if format is None:
        format = _SUFFIXES.get(suffix)
        if format is None:
            if suffix not in ("", ".txt"):
                raise text.error(f"unknown suffix {suffix!r}: use {', '.join(_SUFFIXES)}, or pass format=")
            format = _sniff(text)
    if format not in FORMATS:
        raise text.error(f"unknown format {format!r}: use {', '.join(FORMATS)}")
    return FORMATS[format](text, name, levels)


def _sniff(text: Text) -> str:
    for line in text.lines:
        if line.split()[:2] == ["p", "qubo"]:
            return "qubo"
        if VARTYPE.match(line):
            return "coo"
        if line[:1].isdigit():
            break
    return "rudy"
