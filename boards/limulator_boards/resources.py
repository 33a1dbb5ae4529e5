"""What an array will take of an FPGA, before it is synthesised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from limulator_hdl.barrier import PART_BITS
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.fanout import GROUP
from limulator_hdl.formats import PENALTY_FRAC, SEGMENT_SPACING, SURPRISAL_BITS, Shape
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.local_memory import shared
from limulator_hdl.segment_log import BANK_WORDS

from .device import ECP5, Device
from .netlist import WIDE_WORDS
from .tools import SynthesisError

__all__ = ["Resources", "check_fits", "estimate", "largest"]

_COUPLED_LUTS = {"ecp5": 2.4, "ice40": 2.1}
_LANE_LUTS = {"ecp5": (65, 13), "ice40": (330, 5)}
_REST_LUTS = {"ecp5": 3300, "ice40": 3140}
_PRODUCT_LUTS = 2.15
_MARGIN = 1.03
_COLOR_REST = {"ecp5": (2030, 0), "ice40": (2760, 200)}
_COLOR_LANE = {"ecp5": (80.6, 5.13, 13), "ice40": (112, 3.55, 20)}
_DEEP_LANE = {"ecp5": 74, "ice40": 79}
"""Without what windows and levels take."""


@dataclass(frozen=True)
class Resources:
    """LUTs (iCE40: logic cells), block memories, multipliers, and block memories of the wide kind."""

    luts: int
    memories: int
    multipliers: int
    wide_memories: int = 0

    def excess(self, device: Device) -> list[str]:
        """What there is too much of, in words."""
        wanted = {
            "LUTs" if device.family is ECP5 else "logic cells": (self.luts, device.luts),
            "block memories": (self.memories, device.memories),
            "multipliers": (self.multipliers, device.multipliers or self.multipliers),
            "wide memories": (self.wide_memories, device.wide_memories),
        }
        return [f"{need:,} of {there:,} {kind}" for kind, (need, there) in wanted.items() if need > there]


def estimate(shape: Shape, device: Device) -> Resources:
    """A rule fitted to nextpnr's reports, within a tenth in LUTs; memories and multipliers are counted.

    LUTs are affine in ``cells * coupled_bits``, the fields, and in ``lanes`` and ``lanes * field_bits``. Where there are no
    multipliers each bit of a product takes two. For colour arrays see :func:`_color`.
    """
    if isinstance(shape, ColorShape):
        return _color(shape, device)
    family = device.family.name
    assert shape.field_bits is not None
    per_lane, per_lane_bit = _LANE_LUTS[family]
    luts = _REST_LUTS[family] + _COUPLED_LUTS[family] * shape.cells * shape.coupled_bits
    luts += shape.lanes * (per_lane + per_lane_bit * shape.field_bits)
    factor = SURPRISAL_BITS + 1
    parts = [min(PART_BITS, shape.reciprocal_bits - at) for at in range(0, shape.reciprocal_bits, PART_BITS)]
    if not device.multipliers:
        luts += _PRODUCT_LUTS * (shape.lanes * factor * sum(parts) + shape.beta_bits * shape.field_bits)
        multipliers = 0
    elif device.family is ECP5:
        multipliers = shape.lanes * len(parts) + ceil(shape.field_bits / 18) * ceil(shape.beta_bits / 18)
    else:
        multipliers = shape.lanes * sum(ceil(part / 16) for part in parts)
        multipliers += ceil(shape.field_bits / 16) * ceil(shape.beta_bits / 16)
    return Resources(round(_MARGIN * luts), _memories(shape, device), multipliers, _wide_blocks(shape, device))


def _color(shape: ColorShape, device: Device) -> Resources:
    """LUTs are affine in ``lanes``, and in a lane in its windows, unless it is deep, and in the levels; fitted at 2 levels,
    a guess at others. On iCE40 those of compact arrays with their link, elsewhere of arrays alone."""
    assert shape.field_bits is not None
    assert shape.levels is not None
    family = device.family.name
    (rest, of_level), (lane, of_window, lane_level) = _COLOR_REST[family], _COLOR_LANE[family]
    if shape.deep:
        lane, of_window = _DEEP_LANE[family], 0
    luts = rest + of_level * shape.levels + shape.lanes * (lane + of_window * shape.windows + lane_level * shape.levels)
    change_bits = shape.lanes.bit_length() + shape.field_bits
    side = 18 if device.family is ECP5 else 16
    multipliers = ceil(change_bits / side) * ceil(shape.beta_bits / side)
    if not device.multipliers:
        luts, multipliers = luts + _PRODUCT_LUTS * change_bits * shape.beta_bits, 0
    return Resources(round(_MARGIN * luts), _color_memories(shape, device), multipliers, _wide_blocks(shape, device))


def _color_memories(shape: ColorShape, device: Device) -> int:
    """Each group of lanes has its couplings, linear terms and cells in blocks of its own."""
    blocks = _ecp5_blocks if device.family is ECP5 else _ice40_blocks
    assert shape.levels is not None
    groups = [range(first, min(first + GROUP, shape.lanes)) for first in range(0, shape.lanes, GROUP)]
    total = sum(
        blocks(shape.windows, len(members) * width)
        for lanes in groups
        for width in (shape.row_bits, shape.site_bits)
        for members in shared(lanes, width)
    )
    if shape.deep:
        copies = [width for lanes in groups for width in (len(lanes), len(lanes), *2 * [ceil(len(lanes) / 2)])]
        total += sum(blocks(shape.windows, width) for width in copies)
    total += (shape.levels + 1) * blocks(1 << PENALTY_FRAC, PENALTY_FRAC)
    total += sum(blocks(words, 32) for words in _bus_words(shape) if not _wide(words, device))
    if device.family is not ECP5:  # what is in LUTs there: delays, the best state and the counters
        total += sum(2 * blocks(shape.windows, len(lanes)) for lanes in groups)
        total += blocks(32, shape.beta_bits) + blocks(RECORD_WORDS, 32)
    return total


def _bus_words(shape: Shape) -> list[int]:
    """Words of each memory of bus words: the log, in banks if it is a colour array's, and the schedule."""
    log = RECORD_WORDS * shape.segments
    bank = BANK_WORDS if isinstance(shape, ColorShape) else log
    return [*(min(bank, log - first) for first in range(0, log, bank)), SEGMENT_SPACING * shape.segments]


def _wide(words: int, device: Device) -> bool:
    """Whether bus words go to a memory of the wide kind."""
    return bool(device.wide_memories) and words > WIDE_WORDS


def _wide_blocks(shape: Shape, device: Device) -> int:
    """2^14 x 16."""
    return sum(2 * ceil(words / (1 << 14)) for words in _bus_words(shape) if _wide(words, device))


def _ecp5_blocks(words: int, width: int) -> int:
    """512 x 36, or what is deeper 1024 x 18 side by side."""
    return ceil(width / 36) if words <= 512 else ceil(width / 18) * ceil(words / 1024)


def _ice40_blocks(words: int, width: int) -> int:
    """256 x 16, 512 x 8, ..., 2048 x 2."""
    deep = max(256, 1 << (words - 1).bit_length())
    return ceil(width / max(2, 4096 // deep)) * ceil(words / 2048)


def _memories(shape: Shape, device: Device) -> int:
    assert shape.field_bits is not None
    rows = shape.windows << shape.lane_bits
    blocks = _ecp5_blocks if device.family is ECP5 else _ice40_blocks
    total = shape.row_words * blocks(rows, 32)
    total += sum(blocks(words, 32) for words in _bus_words(shape) if not _wide(words, device))
    total += shape.lanes * blocks(1 << PENALTY_FRAC, PENALTY_FRAC)
    if device.family is ECP5:  # written by nines of bits
        return total + ceil(shape.lanes / (4 // ceil(shape.field_bits / 9)))
    # the queue and the cells' two memories are read on the falling edge
    token = shape.beta_bits + 3 + shape.lanes * (1 + shape.allowance_bits + shape.field_bits + (shape.bits > 1))
    total += blocks(shape.windows, shape.lanes * shape.field_bits) + blocks(16, token)
    return total + 2 * blocks(shape.windows, shape.lanes * shape.bits)


def largest(shape: Shape, device: Device) -> Shape | None:
    """The shape with the most cells that the rule lets fit, in multiples of 16, as many lanes and the rest as given."""
    found = None
    for cells in range(16, 1 << 12, 16):
        if cells % shape.lanes:
            continue
        tried = replace(shape, cells=cells, field_bits=None)
        if not estimate(tried, device).excess(device):
            found = tried
    return found


def _most_lanes(shape: ColorShape, device: Device) -> int:
    """The most lanes, fewer than those of the shape, that the rule lets fit; 0 if none do."""
    for lanes in range(shape.lanes - 1, 0, -1):
        tried = replace(shape, lanes=lanes, cells=lanes * ceil(shape.cells / lanes))
        if not estimate(tried, device).excess(device):
            return lanes
    return 0


def check_fits(shape: Shape, device: Device, resources: Resources | None = None) -> None:
    """Raise :class:`SynthesisError` if the rule, or the ``resources`` that were found, say that the shape does not fit."""
    excess = (resources or estimate(shape, device)).excess(device)
    if not excess:
        return
    if _wide_blocks(shape, device) > device.wide_memories:
        advice = f"choose fewer segments than {shape.segments}"
    elif isinstance(shape, ColorShape):
        lanes = _most_lanes(shape, device)
        advice = f"choose fewer lanes, at most {lanes}" if lanes else "choose a smaller graph"
    else:
        best = largest(shape, device)
        fewer = f"choose fewer lanes than {shape.lanes}"
        advice = f"at most {best.cells} cells fit with lanes={best.lanes}" if best else fewer
    about = "takes" if resources else "takes about"
    raise SynthesisError(f"an array of {shape.cells} cells and {shape.lanes} lanes {about} {', '.join(excess)}: {advice}")
