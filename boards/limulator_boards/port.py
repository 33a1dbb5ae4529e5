"""Serial ports, and why one cannot be opened."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serial import SerialBase

__all__ = ["BAUD", "QUIET_S", "SerialError", "open_port"]

BAUD = 115200

QUIET_S = 0.15
"""More than the 0.1 s after which a board gives up a request that was cut off."""

_REMEDIES = {
    errno.ENOENT: "is not there: plug the board in, or name another port (ls /dev/serial/by-id)",
    errno.EACCES: 'may not be opened by you: sudo usermod -aG dialout "$USER", then log in again',
    errno.EAGAIN: "is in use by another program: end that first",
    errno.EBUSY: "is in use by another program: end that first",
}


class SerialError(RuntimeError):
    """A board that is not there, does not answer or was not understood; the message names the port and the remedy."""


def open_port(port: str) -> SerialBase:
    """The port, ``/dev/ttyUSB0`` or ``socket://host:port``, whose reads end after :data:`QUIET_S` without a byte.

    Raises :class:`SerialError` if it cannot be opened.
    """
    try:
        from serial import SerialException, serial_for_url
    except ImportError:
        raise SerialError(f"{port} needs pyserial: pip install 'limulator[board]'") from None
    try:
        line = serial_for_url(port, BAUD, timeout=QUIET_S, write_timeout=5, exclusive=True)
    except SerialException as error:
        if "://" in port:
            raise SerialError(f"nothing listens at {port}: limulator board virtual makes a board there") from None
        remedy = _REMEDIES.get(error.errno or 0, f"cannot be opened ({error}): name a serial port")
        raise SerialError(f"{port} {remedy}") from None
    except (ValueError, OSError) as error:
        raise SerialError(f"{port} is no port ({error}): name one as /dev/ttyUSB0 or socket://host:port") from None
    with contextlib.suppress(AttributeError, NotImplementedError, ValueError, OSError):
        line.set_low_latency_mode(True)  # USB adapters hold back short answers for 16 ms
    return line
