"""A board's clock from that of its oscillator."""

from __future__ import annotations

from dataclasses import dataclass

from .device import ICE40, Family
from .tools import SynthesisError

__all__ = ["Clock", "make_clock"]

_NEAR = 0.02
"""Part by which a clock may differ from the one wanted."""


@dataclass(frozen=True)
class Clock:
    """Verilog that makes the clock ``clk`` from the pad ``pad``, and its rate in Hz."""

    verilog: str
    rate_Hz: float


def make_clock(family: Family, oscillator_Hz: float, wanted_Hz: float, *, own_pad: bool = True) -> Clock:
    """The oscillator itself, if that is what is wanted, or the rate of a PLL that is nearest.

    ``own_pad`` says whether the oscillator is on the PLL's own pad: an iCE40's is another primitive then.

    The limits of phase detector, VCO and output are those of Lattice's data sheets: 10 to 133, 533 to 1066 and 16 to 275
    MHz for iCE40, 10 to 400, 400 to 800 and 3.125 to 400 MHz for ECP5.

    Raises :class:`SynthesisError` if no setting comes within 2 %.
    """
    if wanted_Hz == oscillator_Hz:
        return Clock("wire clk = pad;", oscillator_Hz)
    settings = _ice40(oscillator_Hz, own_pad) if family is ICE40 else _ecp5(oscillator_Hz)
    best = min(settings, key=lambda clock: abs(clock.rate_Hz - wanted_Hz), default=None)
    if best is None or not abs(wanted_Hz / best.rate_Hz - 1) <= _NEAR:  # nor if it is NaN
        raise SynthesisError(f"no PLL makes {wanted_Hz / 1e6:g} MHz of {oscillator_Hz / 1e6:g}: choose another clock")
    return best


def _ice40(oscillator_Hz: float, own_pad: bool) -> list[Clock]:
    primitive, source = ("PAD", "PACKAGEPIN") if own_pad else ("CORE", "REFERENCECLK")
    # the filter's setting goes with the range of the phase detector's rate, here that of the oscillator
    ranges = (17e6, 26e6, 44e6, 66e6, 101e6)
    filter_range = 1 + sum(oscillator_Hz >= limit for limit in ranges)
    found = []
    for factor in range(1, 129):
        for shift in range(1, 7):
            rate_Hz = oscillator_Hz * factor / 2**shift
            if 10e6 <= oscillator_Hz <= 133e6 and 533e6 <= oscillator_Hz * factor <= 1066e6 and 16e6 <= rate_Hz <= 275e6:
                verilog = f"""wire clk;
    SB_PLL40_{primitive} #(.FEEDBACK_PATH("SIMPLE"), .DIVR(4'd0), .DIVF(7'd{factor - 1}), .DIVQ(3'd{shift}),
        .FILTER_RANGE(3'd{filter_range})) pll (.{source}(pad), .PLLOUTGLOBAL(clk), .RESETB(1'b1), .BYPASS(1'b0));"""
                found.append(Clock(verilog, rate_Hz))
    return found


def _ecp5(oscillator_Hz: float) -> list[Clock]:
    found = []
    for factor in range(1, 81):
        for divider in range(1, 129):
            rate_Hz = oscillator_Hz * factor
            if oscillator_Hz >= 10e6 and rate_Hz <= 400e6 <= rate_Hz * divider <= 800e6:
                verilog = f"""wire clk;
    EHXPLLL #(.CLKI_DIV(1), .CLKFB_DIV({factor}), .CLKOP_DIV({divider}), .CLKOP_ENABLE("ENABLED"), .FEEDBK_PATH("CLKOP"),
        .CLKOP_CPHASE({divider // 2})) pll (.CLKI(pad), .CLKFB(clk), .CLKOP(clk), .RST(1'b0), .STDBY(1'b0),
        .PHASESEL0(1'b0), .PHASESEL1(1'b0), .PHASEDIR(1'b1), .PHASESTEP(1'b1), .PHASELOADREG(1'b1),
        .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0));"""
                found.append(Clock(verilog, rate_Hz))
    return found
