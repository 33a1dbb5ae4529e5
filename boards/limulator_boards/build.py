"""From a board and a shape to its bitstream."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from limulator_hdl.board_top import BOARD_TOP, generate_board_verilog
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph

from .board import Board
from .clock import make_clock
from .csr import csr_csv
from .device import ECP5, find_device
from .pins import Pinout, constraints, find_pins
from .report import Report
from .resources import Resources, check_fits
from .synthesis import pack, place_and_route, synthesise
from .tools import SynthesisError, need, run
from .top import TOP, board_numbers, top_verilog

__all__ = ["Build", "bitstream", "build"]


@dataclass(frozen=True)
class Build:
    """A board that has been built: the ``bitstream``, the ``clock_Hz`` of its array, and nextpnr's ``report``."""

    bitstream: Path
    clock_Hz: float
    report: Report


def bitstream(board: Board, directory: Path) -> Path:
    """Where :func:`build` leaves it."""
    return directory / f"{board.name}.{'bit' if find_device(board.device).family is ECP5 else 'bin'}"


def build(
    board: Board,
    shape: Shape,
    directory: Path,
    say: Callable[[str], None] = lambda stage: None,
    graph: Graph | None = None,
) -> Build:
    """Build the board with an array of this shape, on a graph if it is a colour array.

    Leaves in ``directory``, which is made, the bitstream, ``board_top.v`` and ``top.v``, ``csr.csv``, ``timing.json`` and
    ``utilisation.json``, and the tools' own files under ``work``. ``say`` is told of each stage as it begins.

    Raises :class:`SynthesisError` if a tool is missing or fails, if the shape does not fit, which is known before placement
    begins, and if the array does not reach the clock: then there is no bitstream.
    """
    device = find_device(board.device)
    check_fits(shape, device)
    packer = "ecppack" if device.family is ECP5 else "icepack"
    need("yosys", f"nextpnr-{device.family.name}", packer)
    pinout = find_pins(board)
    clock = make_clock(device.family, pinout.oscillator_Hz, board.clock_Hz, own_pad=board.own_pad)
    target = bitstream(board, directory)
    work = directory / "work"
    work.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)

    say("synthesis")
    for name, text in (
        (BOARD_TOP, generate_board_verilog(shape, graph, **board_numbers(clock.rate_Hz))),
        (TOP, top_verilog(pinout, clock)),
    ):
        (directory / f"{name}.v").write_text(text)
        (work / f"{name}.v").write_text(text)
    (directory / "csr.csv").write_text(csr_csv(shape))
    synthesise(device, TOP, work)
    options = _options(pinout, device.family is ECP5)
    (work / options[-1]).write_text(constraints(device.family, pinout))
    used = pack(device, TOP, work, options)
    check_fits(shape, device, _resources(used, device.family))
    short = next((kind for kind, (taken, there) in used.items() if taken > there), None)
    if short:
        raise SynthesisError(f"the array takes {used[short][0]:,} of {used[short][1]:,} {short}: choose fewer cells")

    say("place and route")
    configuration = f"{TOP}.{'config' if device.family is ECP5 else 'asc'}"
    output = ["--textcfg" if device.family is ECP5 else "--asc", configuration]
    report = place_and_route(device, TOP, work, [*options, *output], clock.rate_Hz / 1e6, graph)
    _write(directory / "timing.json", {"clock_Hz": clock.rate_Hz, "fmax_Hz": report.fmax_Hz})
    _write(
        directory / "utilisation.json",
        asdict(report) | {"all": {k: {"used": u, "available": a} for k, (u, a) in used.items()}},
    )
    if report.fmax_Hz < clock.rate_Hz:
        raise SynthesisError(
            f"the array reaches {report.fmax_Hz / 1e6:.1f} MHz of the {clock.rate_Hz / 1e6:g} that {board.name} runs at: "
            "choose fewer cells or lanes, or a slower clock"
        )
    run(packer, [configuration, target.name], work)
    (work / target.name).replace(target)
    return Build(target, clock.rate_Hz, report)


def _options(pinout: Pinout, ecp5: bool) -> list[str]:
    """nextpnr's options for package and pins, the file of pins last."""
    if ecp5:
        packages = {"BG256": "CABGA256", "BG381": "CABGA381", "BG756": "CABGA756", "MG285": "CSFBGA285"}
        if pinout.package not in packages:
            raise SynthesisError(f"nextpnr knows no package {pinout.package}: choose another board")
        return ["--package", packages[pinout.package], "--speed", pinout.speed or "6", "--lpf", f"{TOP}.lpf"]
    return ["--package", pinout.package.lower(), "--pcf", f"{TOP}.pcf"]


def _resources(used: dict[str, tuple[int, int]], family: Any) -> Resources:
    return Resources(*(used.get(kind, (0, 0))[0] for kind in (family.luts, family.memories, family.multipliers)))


def _write(file: Path, document: dict[str, Any]) -> None:
    file.write_text(json.dumps(document, indent=1) + "\n")
