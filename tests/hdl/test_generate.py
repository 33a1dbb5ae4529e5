"""Generated Verilog: the same bytes every time."""

from __future__ import annotations

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP, generate_verilog


def test_byte_identical() -> None:
    shape = Shape(6, 3, bits=2)
    first = generate_verilog(shape)
    assert first == generate_verilog(shape)
    assert f"module {TOP}(" in first
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
