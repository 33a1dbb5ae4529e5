"""The design's outermost module: clock, reset, pads and lights around the board that all FPGAs share."""

from __future__ import annotations

from limulator_hdl.board_top import BOARD_TOP
from limulator_hdl.uart import clocks_per_bit

from .clock import Clock
from .pins import Pinout
from .port import BAUD

__all__ = ["TOP", "board_numbers", "top_verilog"]

TOP = "top"

_LIGHTS = ("running", "active", "error")

_RESET_BITS = 14
"""The first 2**13 clocks are reset: block memories and PLLs need a moment after configuration."""


def board_numbers(clock_Hz: float) -> dict[str, int]:
    """What :class:`.BoardTop` wants to know of the clock."""
    return {"divisor": clocks_per_bit(clock_Hz, BAUD), "timeout": round(clock_Hz / 10)}


def top_verilog(pinout: Pinout, clock: Clock) -> str:
    """Verilog of the module :data:`TOP`, whose ports are those of the pinout."""
    lights = [pin for pin in pinout.pins if pin.port in _LIGHTS]
    ports = ["input pad", "input rx", "output tx", *(f"output {pin.port}" for pin in lights)]
    unit = ["clk", "rst", "rx", "tx"]
    connections = [f".{port}({port})" for port in unit] + [f".{light}(is_{light})" for light in _LIGHTS]
    assigned = "".join(f"    assign {pin.port} = {'~' if pin.low else ''}is_{pin.port};\n" for pin in lights)
    return f"""module {TOP}({", ".join(ports)});
    {clock.verilog}
    reg [{_RESET_BITS - 1}:0] age = 0;
    wire rst = ~age[{_RESET_BITS - 1}];
    always @(posedge clk) if (rst) age <= age + 1;
    wire {", ".join(f"is_{light}" for light in _LIGHTS)};
    {BOARD_TOP} board({", ".join(connections)});
{assigned}endmodule
"""
