"""Synthesis, place and route with YoWASP's yosys and nextpnr."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog
from limulator_hdl.graph import Graph

from .device import DEVICES, ECP5, Device
from .floorplan import floorplan
from .netlist import clock_reads, end_carries
from .report import Report, read_report
from .tools import SynthesisError, need, run

__all__ = ["Report", "SynthesisError", "pack", "place_and_route", "place_and_route_ecp5", "read_report", "synthesise"]


_EVENT = ("--router", "router1")
"""How event arrays are placed and routed: router2 ends sooner, but gave 64.7 MHz at 256 cells where this gave 88.4."""

_COLOR = {"ecp5": ("--placer", "static", "--router", "router2", "--tmg-ripup"), "ice40": ("--opt-timing",)}
"""And colour arrays. On ECP5: 144 lanes take 4 minutes. There router1 had not ended after 10, and without the last option
the clock was a sixth slower; at 432 lanes heap, the usual placer, came to a fifth more wire. All that was seen before
memories had sites of their own."""


def synthesise(device: Device, top: str, directory: Path) -> None:
    """``{top}.json``, the netlist of all the Verilog in ``directory``.

    Raises :class:`SynthesisError` if YoWASP is missing or fails.
    """
    need("yosys", f"nextpnr-{device.family.name}")
    netlist = directory / f"{top}.json"
    netlist.unlink(missing_ok=True)
    read = f"read_verilog {' '.join(sorted(source.name for source in directory.glob('*.v')))}; hierarchy -top {top}; proc"
    if device.family is ECP5:
        # abc9 ends YoWASP's yosys 0.70 without a word, and wide multiplexers take more LUTs than they save
        _yosys(
            directory,
            f"""{read}
            select -set adders *addsub*/t:$add; techmap -map {_library(directory, "addsub.v")} @adders; select -clear
            select -set compares t:*.below*; chtype -set LIMULATOR_BELOW @compares; select -clear
            techmap -map {_library(directory, "below.v")}; hierarchy -top {top}
            synth_ecp5 -top {top} -run begin:coarse; check -assert
            setattr -mod -set keep_hierarchy 1 *.fanout* *.lanes? *.lanes?? *.lanes???
            synth_ecp5 -noabc9 -abc2 -nowidelut -top {top} -run coarse:
            setattr -mod -unset keep_hierarchy *; flatten; write_json {netlist.name}""",
        )
    else:
        _yosys(directory, f"{read}; opt; memory_dff; opt_clean; memory_collect; write_json {netlist.name}")
        clock_reads(netlist)
        wide = f"techmap -map {_library(directory, 'wide_memory.v')} a:wide;" if device.wide_memories else ""
        multiply = "-dsp" if device.multipliers else ""
        _yosys(directory, f"read_json {netlist.name}; {wide} synth_ice40 {multiply} -top {top} -json {netlist.name}")
    if not netlist.exists():
        raise SynthesisError("yosys ended without a netlist")
    if device.family is ECP5:
        end_carries(netlist, top)
        if device is DEVICES["LFE5U-85F"]:
            floorplan(netlist, top)


def pack(device: Device, top: str, directory: Path, options: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How much of everything the netlist takes, and how much there is, by nextpnr's names: a matter of seconds."""
    arguments = [device.option, *options, "--json", f"{top}.json", "--pack-only"]
    said = run(f"nextpnr-{device.family.name}", arguments, directory)
    found = re.findall(r"^Info:\s+(\w+):\s*(\d+)/\s*(\d+)\s+\d+%", said, re.MULTILINE)
    if device.family.luts not in {kind for kind, _, _ in found}:
        raise SynthesisError(f"nextpnr does not say how many {device.family.luts} it has used")
    return {kind: (int(used), int(available)) for kind, used, available in found}


def place_and_route(
    device: Device, top: str, directory: Path, options: Sequence[str], frequency_MHz: float, graph: Graph | None = None
) -> Report:
    """Places and routes ``{top}.json``, on a graph if it holds a colour array, for the frequency; ``options`` are
    nextpnr's. It need not be reached, but for a colour array the router may not end where it cannot be.

    Leaves log and report in ``directory``. Raises :class:`SynthesisError` if nextpnr fails.
    """
    arguments = [
        device.option,
        *options,
        *(_COLOR[device.family.name] if graph else _EVENT),
        "--json",
        f"{top}.json",
        "--report",
        "report.json",
    ]
    arguments += ["--freq", f"{frequency_MHz:g}", "--timing-allow-fail", "-q", "-l", "nextpnr.log"]
    run(f"nextpnr-{device.family.name}", arguments, directory)
    return read_report(json.loads((directory / "report.json").read_text()), device)


def place_and_route_ecp5(shape: Shape, directory: Path, frequency_MHz: float = 100.0, graph: Graph | None = None) -> Report:
    """The array of this shape alone, on a graph if it is a colour array, its bus on pins, on an ECP5-85 of speed grade 6.

    Leaves Verilog, netlist, log and report in ``directory``.

    Raises :class:`SynthesisError` if YoWASP is missing or fails.
    """
    device = DEVICES["LFE5U-85F"]
    need("yosys", "nextpnr-ecp5")
    (directory / f"{TOP}.v").write_text(generate_verilog(shape, graph))
    synthesise(device, TOP, directory)
    options = ["--speed", "6", "--package", "CABGA756", "--lpf-allow-unconstrained"]
    return place_and_route(device, TOP, directory, options, frequency_MHz, graph)


def _yosys(directory: Path, script: str) -> None:
    run("yosys", ["-q", "-p", script], directory)


def _library(directory: Path, name: str) -> str:
    """A library of this package where the tools, which see their directory only, find it; it is no part of the design."""
    copy = directory / f"{name}.map"
    copy.write_text(files(__package__).joinpath(name).read_text())
    return copy.name
