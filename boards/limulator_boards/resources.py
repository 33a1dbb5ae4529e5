"""What an array will take of an FPGA, before it is synthesised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from limulator_hdl.barrier import PART_BITS
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.fanout import GROUP
from limulator_hdl.formats import PENALTY_FRAC, SURPRISAL_BITS, Shape
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.local_memory import MEMORY_BITS, shared

from .device import ECP5, Device
from .netlist import WIDE_WORDS
from .tools import SynthesisError

__all__ = ["Resources", "check_fits", "estimate", "largest"]

_COUPLED_LUTS = {"ecp5": 2.4, "ice40": 2.1}
_LANE_LUTS = {"ecp5": (65, 13), "ice40": (330, 5)}
_REST_LUTS = {"ecp5": 3300, "ice40": 3140}
_PRODUCT_LUTS = 1.1
_MARGIN = 1.03
_COLOR_REST, _COLOR_LANE, _COLOR_WINDOW, _COLOR_LEVEL = 2522, 80.6, 5.13, 13


@dataclass(frozen=True)
class Resources:
    """LUTs (iCE40: logic cells), block memories and multipliers."""

    luts: int
    memories: int
    multipliers: int

    def excess(self, device: Device) -> list[str]:
        """What there is too much of, in words."""
        wanted = {
            "LUTs" if device.family is ECP5 else "logic cells": (self.luts, device.luts),
            "block memories": (self.memories, device.memories),
            "multipliers": (self.multipliers, device.multipliers or self.multipliers),
        }
        return [f"{need:,} of {there:,} {kind}" for kind, (need, there) in wanted.items() if need > there]


def estimate(shape: Shape, device: Device) -> Resources:
    """A rule fitted to nextpnr's reports, within a tenth in LUTs; memories and multipliers are counted.

    LUTs are affine in ``cells * coupled_bits``, the fields, and in ``lanes`` and ``lanes * field_bits``. Where there are no
    multipliers each bit of a product takes a LUT. For colour arrays, which have been built for ECP5 only, see
    :func:`_color`.
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
    return Resources(round(_MARGIN * luts), _memories(shape, device), multipliers)


def _color(shape: ColorShape, device: Device) -> Resources:
    """LUTs are affine in ``lanes``, and in a lane in its windows and levels; fitted at 2 levels, a guess at others. A group
    of lanes has its couplings and linear terms in blocks of its own."""
    if device.family is not ECP5:
        raise SynthesisError("colour arrays have been built for ECP5 only: choose another board, see limulator board list")
    assert shape.field_bits is not None
    assert shape.levels is not None
    luts = _COLOR_REST + shape.lanes * (_COLOR_LANE + _COLOR_WINDOW * shape.windows + _COLOR_LEVEL * shape.levels)
    groups = [range(first, min(first + GROUP, shape.lanes)) for first in range(0, shape.lanes, GROUP)]
    local = ceil(shape.windows / 512) * sum(
        ceil(len(members) * width / MEMORY_BITS)
        for lanes in groups
        for width in (shape.row_bits, shape.site_bits)
        for members in shared(lanes, width)
    )
    log = ceil(RECORD_WORDS * shape.segments / 512)
    memories = local + log + shape.levels + 1 + ceil(shape.segments / 512) * 5
    multipliers = ceil((shape.lanes.bit_length() + shape.field_bits) / 18) * ceil(shape.beta_bits / 18)
    return Resources(round(_MARGIN * luts), memories, multipliers)


def _memories(shape: Shape, device: Device) -> int:
    assert shape.field_bits is not None
    rows = shape.windows << shape.lane_bits
    log = RECORD_WORDS * shape.segments
    if device.family is ECP5:  # 512 x 36 or 1024 x 18, written by nines of bits

        def blocks(words: int, width: int) -> int:
            return ceil(width / 36) * ceil(words / 512) if words <= 512 else ceil(width / 18) * ceil(words / 1024)

        per_block = 4 // ceil(shape.field_bits / 9)
        linear = ceil(shape.lanes / per_block)
        couplings = shape.row_words * blocks(rows, 32)
        return couplings + shape.lanes + blocks(shape.segments, 160) + blocks(log, 32) + linear
    # 256 x 16, 512 x 8, ...; the queue and the cells' two memories are read on the falling edge

    def small(words: int, width: int) -> int:
        return (
            ceil(width / max(1, 4096 // max(256, 1 << (words - 1).bit_length())))
            if words <= 4096
            else ceil(words * width / 4096)
        )

    token = shape.beta_bits + 3 + shape.lanes * (1 + shape.allowance_bits + shape.field_bits + (shape.bits > 1))
    total = small(rows, 32) * shape.row_words + shape.lanes * small(1024, PENALTY_FRAC) + small(shape.segments, 160)
    total += small(shape.windows, shape.lanes * shape.field_bits) + small(16, token)
    total += 2 * small(shape.windows, shape.lanes * shape.bits)
    if not (device.wide_memories and log > WIDE_WORDS):
        total += small(log, 32)
    return total


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
    if isinstance(shape, ColorShape):
        lanes = _most_lanes(shape, device)
        advice = f"choose fewer lanes, at most {lanes}" if lanes else "choose a smaller graph"
    else:
        best = largest(shape, device)
        fewer = f"choose fewer lanes than {shape.lanes}"
        advice = f"at most {best.cells} cells fit with lanes={best.lanes}" if best else fewer
    about = "takes" if resources else "takes about"
    raise SynthesisError(f"an array of {shape.cells} cells and {shape.lanes} lanes {about} {', '.join(excess)}: {advice}")
