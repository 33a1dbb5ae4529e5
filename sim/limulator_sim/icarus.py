"""The gateware in Icarus Verilog, driven over pipes."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from time import monotonic

import numpy as np

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, fingerprint, generate_verilog
from limulator_hdl.graph import Graph
from limulator_hdl.registers import RegisterMap

from .build import built
from .link import BusError, Link, SimulationError, Words

__all__ = ["IcarusLink"]

_IMAGE = "array.vvp"
_WAIT_SECONDS = 0.2


def _compile(shape: Shape, graph: Graph | None) -> Path:
    if shutil.which("iverilog") is None or shutil.which("vvp") is None:
        raise SimulationError("Icarus Verilog is missing: apt-get install iverilog")
    command = [
        "iverilog",
        "-g2005",
        "-s",
        "testbench",
        f"-Ptestbench.ADDRESS_BITS={RegisterMap(shape, graph).address_bits}",
    ]
    testbench = files(__package__).joinpath("testbench.v").read_text()

    def make(place: Path) -> None:
        sources = {"testbench.v": testbench, f"{TOP}.v": generate_verilog(shape, graph)}
        for name, text in sources.items():
            (place / name).write_text(text)
        done = subprocess.run([*command, "-o", _IMAGE, *sources], cwd=place, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SimulationError(f"iverilog failed: {done.stderr.strip()[-500:]}")
        for name in sources:
            (place / name).unlink()

    # an image runs only in the version that made it
    version = subprocess.run(["iverilog", "-V"], capture_output=True, text=True, check=False).stdout
    return built("icarus", [str(shape), str(graph), fingerprint(), testbench, version, *command], make) / _IMAGE


class IcarusLink(Link):
    """An array of the given shape, on a graph if it is a colour array, simulated by Icarus Verilog; compiled at its first
    use.

    Raises :class:`SimulationError` if Icarus Verilog is missing or fails.
    """

    def __init__(self, shape: Shape, graph: Graph | None = None) -> None:
        image = _compile(shape, graph)
        # in a session of its own, where a terminal's Ctrl-C does not reach it
        self._vvp = subprocess.Popen(
            ["vvp", "-n", str(image)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        self._clocks_at_once = 256
        self.clocks = 0

    def write(self, address: int, words: Words) -> None:
        numbers = np.asarray(words, np.uint32).tolist()
        done, _ = self._ask(f"w {address:x} {len(numbers):x} {' '.join(f'{number:x}' for number in numbers)}")
        if done != len(numbers):
            raise BusError(f"write refused at word address {address + done:#x}")

    def read(self, address: int, count: int) -> Words:
        done, words = self._ask(f"r {address:x} {count:x}")
        if done != count:
            raise BusError(f"read refused at word address {address + done:#x}")
        return np.array(words, np.uint32)

    def wait(self) -> bool:
        begun = monotonic()
        running, _ = self._ask(f"c {self._clocks_at_once:x}")
        if running:
            pace = _WAIT_SECONDS / (monotonic() - begun)
            self._clocks_at_once = int(self._clocks_at_once * min(max(pace, 0.5), 2)) + 1
        return not running

    def _ask(self, command: str) -> tuple[int, list[int]]:
        """The testbench's answer: the number before ``clocks``, and the words before that."""
        assert self._vvp.stdin is not None
        assert self._vvp.stdout is not None
        said = []
        try:
            with suppress(BrokenPipeError):  # what it said before it ended is still to be read
                print(command, file=self._vvp.stdin, flush=True)
            for line in self._vvp.stdout:
                said.append(line)
                if line.startswith("= ") and line.endswith("\n"):
                    *words, done, self.clocks = (int(word, 16) for word in line[2:].split())
                    return done, words
        except BaseException:
            self.close()  # lest the next answer be taken for one that was not read
            raise
        status = self._vvp.wait()
        self.close()
        last = " ".join("".join(said).split())[-500:] or "no message"
        raise SimulationError(f"vvp ended with status {status}: {last}")

    def close(self) -> None:
        self._vvp.kill()
        self._vvp.communicate()
