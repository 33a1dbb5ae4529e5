"""The boards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.fanout import GROUP
from limulator_hdl.formats import PENALTY_FRAC, Shape
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.segment_log import BANK_WORDS

from .device import ICE40, find_device

__all__ = ["BOARDS", "Board", "suited"]


@dataclass(frozen=True)
class Board:
    """A board: what has to be known of it beyond its pins, which its platform in the package amaranth-boards tells.

    ==============  ==============================================================================================
    parameter       meaning
    ==============  ==============================================================================================
    ``name``        in commands
    ``platform``    module and class in ``amaranth_boards``
    ``device``      its FPGA, one of :data:`.DEVICES`
    ``clock_Hz``    of the array: the oscillator's rate, or what a PLL makes of it
    ``shape``       the array that is built unless another is asked for: as many cells as fit and keep up
    ``lights``      what its LEDs 0, 1, ... show, of ``running``, ``active`` and ``error``
    ``loader``      openFPGALoader's arguments
    ``own_pad``     whether the oscillator is on a PLL's own pad; only iCE40's PLLs are to be told
    ==============  ==============================================================================================

    Any platform with a clock, a resource ``uart`` and one of these FPGAs is a board::

        mine = Board("mine", "ulx3s.ULX3S_45F_Platform", "LFE5U-45F", 50e6, Shape(256, 16), loader=("--board", "ulx3s"))
        limulator_boards.build.build(mine, mine.shape, Path("mine"))
    """

    name: str
    platform: str
    device: str
    clock_Hz: float
    shape: Shape
    lights: tuple[str, ...] = ("running", "active", "error")
    loader: tuple[str, ...] = ()
    own_pad: bool = True


def _binary(cells: int, lanes: int, segments: int = 256, **beta: int) -> Shape:
    """Cells of one bit and couplings -1, 0 and 1, with a shift of 1 as max-cut has it, where Q = 2 w."""
    return Shape(cells, lanes, coupling_shift=1, segments=segments, **beta)


# Beta up to 16 in steps of 1 / 2048, as couplings of +-1 need: more takes room.
_SMALL = {"beta_bits": 15, "beta_frac": 11}

BOARDS = {
    board.name: board
    for board in (
        Board(
            "icebreaker",
            "icebreaker.ICEBreakerPlatform",
            "iCE40UP5K",
            18e6,
            _binary(80, 1, **_SMALL),
            ("error", "running"),  # the red one and the green one
            ("--board", "ice40_generic"),
        ),
        Board(
            "hx8k",
            "ice40_hx8k_b_evn.ICE40HX8KBEVNPlatform",
            "iCE40HX8K",
            36e6,
            _binary(96, 1, segments=11, **_SMALL),  # its log is in small memories
            loader=("--board", "ice40_generic"),
            own_pad=False,
        ),
        Board("ulx3s-85f", "ulx3s.ULX3S_85F_Platform", "LFE5U-85F", 50e6, _binary(800, 32), loader=("--board", "ulx3s")),
        Board("ulx3s-25f", "ulx3s.ULX3S_25F_Platform", "LFE5U-25F", 50e6, _binary(256, 8), loader=("--board", "ulx3s")),
        Board(
            "colorlight-5a75b",
            "colorlight_5a75b_r7_0.Colorlight_5A75B_R70Platform",
            "LFE5U-25F",
            50e6,
            _binary(256, 8),
            (),  # its LED's pin is the serial line's
            ("--board", "colorlight"),
        ),
    )
}
"""The boards by name."""


_FEW_SEGMENTS = 11
"""Those whose log is in two small memories."""


def suited(shape: ColorShape, board: Board) -> ColorShape:
    """A graph's colour array as the board's FPGA takes it: on iCE40 compact, if its lanes are few enough, with as many
    segments as one bank of the log holds, or two small memories where there are no wide ones, and with a beta of as many
    bits as such a board's own array has, in coarser steps."""
    device = find_device(board.device)
    if device.family is not ICE40:
        return shape
    segments = BANK_WORDS // RECORD_WORDS if device.wide_memories else _FEW_SEGMENTS
    spare = min(max(0, shape.beta_bits - _SMALL["beta_bits"]), shape.beta_frac - PENALTY_FRAC - 1)
    return replace(
        shape,
        compact=int(shape.lanes <= GROUP),
        segments=segments,
        beta_bits=shape.beta_bits - spare,
        beta_frac=shape.beta_frac - spare,
    )
