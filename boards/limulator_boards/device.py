"""The FPGAs: what they hold, and how the tools are told of them."""

from __future__ import annotations

from dataclasses import dataclass

from .tools import SynthesisError

__all__ = ["DEVICES", "ECP5", "ICE40", "Device", "Family", "find_device"]


@dataclass(frozen=True)
class Family:
    """A family of FPGAs.

    ``luts``, ``ffs``, ``memories``, ``multipliers`` are nextpnr's names of these in its report; a family whose logic cell
    is a LUT and a flip-flop together has no count of ``ffs`` of its own.
    """

    name: str
    luts: str
    ffs: str | None
    memories: str
    multipliers: str


ICE40 = Family("ice40", "ICESTORM_LC", None, "ICESTORM_RAM", "ICESTORM_DSP")
ECP5 = Family("ecp5", "TRELLIS_COMB", "TRELLIS_FF", "DP16KD", "MULT18X18D")


@dataclass(frozen=True)
class Device:
    """An FPGA: its ``family``, nextpnr's ``option`` for it, and how much of everything it has.

    ``luts`` are logic cells in iCE40; ``wide_memories`` are the blocks of 256 kbit that only the UP5K has.
    """

    family: Family
    option: str
    luts: int
    memories: int
    multipliers: int
    wide_memories: int = 0


DEVICES = {
    "iCE40UP5K": Device(ICE40, "--up5k", 5280, 30, 8, 4),
    "iCE40HX8K": Device(ICE40, "--hx8k", 7680, 32, 0),
    "LFE5U-25F": Device(ECP5, "--25k", 24288, 56, 28),
    "LFE5U-45F": Device(ECP5, "--45k", 43848, 108, 72),
    "LFE5U-85F": Device(ECP5, "--85k", 83640, 208, 156),
}
"""By the names that Amaranth has for them."""


def find_device(name: str) -> Device:
    """The device of this name; raises :class:`SynthesisError` if it is none of these."""
    if name not in DEVICES:
        raise SynthesisError(f"no FPGA named {name}: use a board with one of {', '.join(DEVICES)}")
    return DEVICES[name]
