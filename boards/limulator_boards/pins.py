"""A board's pins, from its platform in amaranth-boards."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from amaranth.build.res import ResourceError

from .board import Board
from .device import ICE40, Family
from .tools import SynthesisError

__all__ = ["Pin", "Pinout", "constraints", "find_pins"]


@dataclass(frozen=True)
class Pin:
    """A ``port`` of the design, the ``site`` it is at, whether it is active ``low``, and its attributes."""

    port: str
    site: str
    low: bool
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Pinout:
    """``pins`` named pad, rx, tx and by lights; the ``oscillator_Hz``; ``package`` and ``speed`` of the FPGA."""

    pins: tuple[Pin, ...]
    oscillator_Hz: float
    package: str
    speed: str | None


def find_pins(board: Board) -> Pinout:
    """The pins of a board's clock, serial line and LEDs.

    Raises :class:`SynthesisError` if amaranth-boards is missing, has no such platform, or that has no clock or ``uart``.
    """
    module, _, name = board.platform.partition(".")
    try:
        import_module("amaranth_boards")
    except ImportError:
        raise SynthesisError("amaranth_boards is missing: pip install 'limulator[board]'") from None
    try:
        platform = getattr(import_module(f"amaranth_boards.{module}"), name)()
    except (ImportError, AttributeError):
        raise SynthesisError(f"amaranth_boards has no {board.platform}: name a module and its platform") from None
    clock, uart = _lookup(platform, platform.default_clk), _lookup(platform, "uart")
    if clock.clock is None:
        raise SynthesisError(f"{board.platform} has no frequency for {platform.default_clk}")
    lines = {subsignal.name: subsignal for subsignal in uart.ios}
    pins = [_pin("pad", clock), _pin("rx", lines["rx"], uart), _pin("tx", lines["tx"], uart)]
    pins += [_pin(light, _lookup(platform, "led", number)) for number, light in enumerate(board.lights)]
    return Pinout(tuple(pins), clock.clock.frequency, platform.package, getattr(platform, "speed", None))


def constraints(family: Family, pinout: Pinout) -> str:
    """The pins for nextpnr: a .pcf for iCE40, an .lpf for ECP5."""
    lines = []
    for pin in pinout.pins:
        if family is ICE40:
            options = "-pullup yes " if ("PULLUP", "1") in pin.attributes else ""
            lines.append(f"set_io {options}{pin.port} {pin.site}")
        else:
            lines.append(f'LOCATE COMP "{pin.port}" SITE "{pin.site}";')
            settings = " ".join(f"{name}={value}" for name, value in pin.attributes)
            lines.append(f'IOBUF PORT "{pin.port}" {settings};')
    rate = f"{pinout.oscillator_Hz / 1e6:g}"
    lines.append(f"set_frequency pad {rate}" if family is ICE40 else f'FREQUENCY PORT "pad" {rate} MHZ;')
    return "\n".join(lines) + "\n"


def _lookup(platform: Any, name: str, number: int = 0) -> Any:
    try:
        return platform.lookup(name, number)
    except ResourceError:
        raise SynthesisError(f"{type(platform).__name__} has no {name} {number}: choose another platform") from None


def _pin(port: str, resource: Any, whole: Any = None) -> Pin:
    (ios,) = resource.ios
    (site,) = ios.names
    attributes = {**(whole.attrs if whole else {}), **resource.attrs}
    return Pin(port, site, ios.invert, tuple((name, str(value)) for name, value in attributes.items()))
