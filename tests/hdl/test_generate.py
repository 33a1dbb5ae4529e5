"""Generated Verilog: the same bytes every time."""

from __future__ import annotations

import re

import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog
from limulator_hdl.graph import Graph


@pytest.mark.parametrize(
    ("shape", "graph"),
    [
        pytest.param(Shape(6, 3, bits=2), None, id="event array"),
        pytest.param(ColorShape(6, 2, degree=3), Graph.of(6, [(0, 2), (2, 4), (4, 0), (1, 2)], [5]), id="wired"),
        pytest.param(ColorShape(16, 4, deep=1), Graph.torus(4, 4), id="deep"),
    ],
)
def test_byte_identical(shape: Shape, graph: Graph | None) -> None:
    first = generate_verilog(shape, graph)
    assert first == generate_verilog(shape, graph)
    assert f"module {TOP}(" in first
    assert ".py" not in first  # where the package is installed is nobody's business
    ports = first[first.index(f"module {TOP}(") :].split(";")[0]
    for port in (
        "clk",
        "rst",
        "running",
        "wb_cyc",
        "wb_stb",
        "wb_we",
        "wb_adr",
        "wb_dat_w",
        "wb_dat_r",
        "wb_ack",
        "wb_err",
    ):
        assert port in ports


def test_a_graph_that_does_not_fit_is_refused_here() -> None:
    with pytest.raises(ValueError, match="positions 0 and 1 are coupled, but in the same window of 2 lanes"):
        generate_verilog(ColorShape(4, 2), Graph.of(4, [(0, 1)]))


def test_another_graph_is_another_array() -> None:
    shape = ColorShape(4, 2, degree=2)
    assert generate_verilog(shape, Graph.of(4, [(0, 2)])) != generate_verilog(shape, Graph.of(4, [(0, 3)]))


def test_lanes_share_their_modules() -> None:
    """More lanes of the same group are more instances, of the same modules."""
    few = generate_verilog(ColorShape(16, 4, deep=1), Graph.torus(4, 4))
    many = generate_verilog(ColorShape(32, 8, deep=1), Graph.torus(8, 4))
    assert few.count("\nendmodule") == many.count("\nendmodule")
    for name in ("gate", "quad"):  # of the first lane
        assert len(set(re.findall(rf"^module \\(\S+\.{name}\d+) ", many, re.MULTILINE))) == 1
