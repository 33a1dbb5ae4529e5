"""What nextpnr says of a design, parsed; a field that is missing is an error, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .device import DEVICES, Device
from .tools import SynthesisError

__all__ = ["Report", "read_report"]

_ECP5 = DEVICES["LFE5U-85F"]


@dataclass(frozen=True)
class Report:
    """What a placed and routed design takes, ``luts``, ``ffs``, ``memories``, ``multipliers``, and its ``fmax_Hz``.

    ``luts`` are TRELLIS_COMB or, with iCE40, logic cells, of which flip-flops are a part: there ``ffs`` is None.
    """

    luts: int
    ffs: int | None
    memories: int
    multipliers: int
    fmax_Hz: float


def read_report(report: Mapping[str, Any], device: Device = _ECP5) -> Report:
    """A report of nextpnr's with one clock. Raises :class:`SynthesisError` for a field that is missing."""
    try:
        used = {kind: int(count["used"]) for kind, count in report["utilization"].items()}
        # multipliers that need no clock have theirs on this net
        (clock,) = [each for net, each in report["fmax"].items() if not net.startswith("$PACKER_GND_NET")]
        family = device.family
        return Report(
            used[family.luts],
            None if family.ffs is None else used[family.ffs],
            used[family.memories],
            used[family.multipliers] if device.multipliers else 0,
            clock["achieved"] * 1e6,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SynthesisError(f"nextpnr's report lacks what is needed of it: {error!r}") from None
