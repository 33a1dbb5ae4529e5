"""A link to a board's array over a serial line.

Every word that is written or read is checked: the bridge keeps checksums of what it has written and answered
(:mod:`limulator_hdl.uartbone`). What was read wrongly is read again. What was written wrongly may have gone anywhere, so
that is an error, and the board is as good as new for the next link, which loads everything.
"""

from __future__ import annotations

import contextlib
from time import monotonic, sleep
from zlib import crc32

import numpy as np

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control, RegisterMap, Status
from limulator_hdl.uart import BYTE_BITS
from limulator_hdl.uartbone import ADDRESS_BITS, MOST_WORDS, OWN_BASE, REFUSED_WORD, Command, OwnWord
from limulator_sim.link import BusError, Link, Words

from .port import BAUD, SerialError, open_port

__all__ = ["SerialError", "SerialLink"]

_ATTEMPTS = 4
_PATIENCE_S = 0.5
"""Longest wait for the next byte of an answer."""
_CHATTER_S = 2.0
"""More than the longest answer takes, 0.09 s, and what an adapter may have kept of earlier ones."""
_HALT_S = 10.0
_POLL_S = 0.02


class SerialLink(Link):
    """The array of the board at ``port``, ``/dev/ttyUSB0`` or ``socket://host:port``, at 115200 baud.

    A run that another link has left behind is stopped. ``shape`` is that of the board's array.

    Raises :class:`SerialError` if there is no such port, or no board that this version of the package knows.
    """

    shape: Shape

    def __init__(self, port: str) -> None:
        self.port = port
        self._line = open_port(port)
        self._written = 0
        self._connected = False
        try:
            self._synchronise()
            self.shape = self._identify()
            self._forget_refusal()
            self._halt()
            self._connected = True
        except BaseException:
            self.close()
            raise

    def write(self, address: int, words: Words) -> None:
        """Write consecutive words, and see that they have arrived; also raises :class:`SerialError`."""
        data = np.asarray(words).astype(">u4")
        requests = b""
        for start in range(0, len(data), MOST_WORDS):
            chunk = data[start : start + MOST_WORDS]
            requests += _header(Command.WRITE, address + start, len(chunk)) + chunk.tobytes()
        self._written = crc32(requests, self._written)
        answer = self._ask(requests + _header(Command.READ, OWN_BASE + OwnWord.WRITTEN, 1), 1)
        if answer is None:
            self._synchronise()
        if answer is None or _words(answer)[0] != self._written:
            self._explain(range(address, address + len(data)))

    def read(self, address: int, count: int) -> Words:
        """Read consecutive words, and see that they are those that were sent; also raises :class:`SerialError`."""
        chunks = [np.zeros(0, np.uint32)]
        for start in range(0, count, MOST_WORDS):
            words, written = self._fetch(address + start, min(MOST_WORDS, count - start))
            if written != self._written:
                self._explain(range(0))
            chunks.append(words)
        return np.concatenate(chunks)

    def wait(self) -> bool:
        """Look, and sleep a moment if it still runs."""
        if not self._running:
            return True
        sleep(_POLL_S)
        return False

    def close(self) -> None:
        """Close the port. A run in progress goes on, until the next link stops it."""
        with contextlib.suppress(OSError):
            self._line.close()

    def _fetch(self, address: int, count: int) -> tuple[Words, int]:
        """Words as they were sent, and the checksum of what has been written, which may itself be wrong."""
        request = _header(Command.READ, address, count)
        check = _header(Command.READ, OWN_BASE + OwnWord.WRITTEN, 2)
        heard = False
        for _ in range(_ATTEMPTS):
            answer = self._ask(request, count)
            checked = None if answer is None else self._ask(check, 2)
            if answer is not None and checked is not None:
                words = _words(answer)
                written, answered = _words(checked)
                if answered == crc32(request + answer):
                    return words, int(written)
                if answered == _refused_crc(request, answer):
                    self._forget_refusal()
                    refused = address + words.tolist().index(REFUSED_WORD)
                    raise BusError(f"read refused at word address {refused:#x}")
            heard = heard or answer is not None
            self._synchronise()
        if heard:
            raise self._trouble("answers, but not as Limulator's boards do: check cable, ground and gateware")
        raise self._trouble(f"does not answer at {BAUD} baud: load the gateware, or name the board's other port")

    def _single(self, address: int) -> int:
        (word,), _ = self._fetch(address, 1)
        return int(word)

    def _explain(self, sent: range) -> None:
        """Raise what is the matter, if anything is, when the checksum after a write to these addresses is wrong."""
        (refusal,), written = self._fetch(OWN_BASE + OwnWord.REFUSED, 1)
        if written == self._written:
            return
        refused = int(refusal) & (1 << ADDRESS_BITS) - 1
        if refusal >> 31 and refused in sent:
            self._forget_refusal()
            self._written = self._single(OWN_BASE + OwnWord.WRITTEN)
            raise BusError(f"write refused at word address {refused:#x}")
        raise self._trouble("got something else than was sent: check cable and ground, then run it again")

    def _forget_refusal(self) -> None:
        request = _header(Command.WRITE, OWN_BASE + OwnWord.REFUSED, 1) + bytes(4)
        self._send(request)
        self._written = crc32(request, self._written)

    def _identify(self) -> Shape:
        """What the board's constants say of its shape. A map hash confirms it: MAP_HASH, but of a colour array, where that
        covers a graph that is not known, the constant that follows."""
        self._written = self._single(OWN_BASE + OwnWord.WRITTEN)
        found = self._single(0)
        try:
            try:
                *numbers, found = self._constants(len(ColorShape(1).as_dict()) + 1)
                shape: Shape = ColorShape(*numbers)
            except BusError:  # an event array has fewer
                shape = Shape(*self._constants(len(Shape(1).as_dict())))
            expected = f"{RegisterMap(shape).hash:#010x}"
        except (BusError, ValueError):
            expected = "of any known shape"
        if expected != f"{found:#010x}":
            raise self._trouble(
                f"has gateware of another version (map hash {found:#010x}, not {expected}): load that of this one"
            )
        return shape

    def _constants(self, count: int) -> list[int]:
        words, _ = self._fetch(OWN_BASE + OwnWord.CONSTANTS, count)
        return [int(word) for word in words]

    @property
    def _running(self) -> bool:
        (status,) = self.read(RegisterMap(self.shape).register("STATUS"), 1)
        return bool(status & Status.RUNNING)

    def _halt(self) -> None:
        deadline = monotonic() + _HALT_S
        while self._running:
            if monotonic() > deadline:
                raise self._trouble("does not stop the run that it is in: reset it")
            with contextlib.suppress(BusError):  # as long as it fills the fields
                self.write(RegisterMap(self.shape).register("CONTROL"), np.array([Control.STOP], np.uint32))

    def _ask(self, request: bytes, count: int) -> bytes | None:
        """The answer of ``count`` words; None if not all of it came."""
        self._send(request)
        wanted = 4 * count
        answer = b""
        deadline = monotonic() + _PATIENCE_S + BYTE_BITS * len(request) / BAUD
        try:
            while len(answer) < wanted and monotonic() < deadline:
                more = self._line.read(wanted - len(answer))
                if more:
                    answer += more
                    deadline = monotonic() + _PATIENCE_S
        except OSError as error:
            raise self._lost(error) from None
        return answer if len(answer) == wanted else None

    def _send(self, request: bytes) -> None:
        try:
            self._line.write(request)
        except OSError as error:
            raise self._lost(error) from None

    def _synchronise(self) -> None:
        """Wait until the board has forgotten what it was asked and has nothing more to say."""
        deadline = monotonic() + _CHATTER_S
        try:
            while self._line.read(4096):
                if monotonic() > deadline:
                    raise self._trouble("talks without being asked: name the board's other port")
        except OSError as error:
            raise self._lost(error) from None

    def _lost(self, error: OSError) -> SerialError:
        remedy = "connect the board again, and run it again" if self._connected else "end what else uses it"
        return self._trouble(f"was closed by the other side ({error}): {remedy}")

    def _trouble(self, what: str) -> SerialError:
        return SerialError(f"{self.port} {what}")


def _header(command: Command, address: int, count: int) -> bytes:
    return bytes([command, count]) + address.to_bytes(4, "big")


def _refused_crc(request: bytes, answer: bytes) -> int:
    """The checksum of a request and its answer, if each word of it that looks refused has been."""
    crc = crc32(request)
    for start in range(0, len(answer), 4):
        word = answer[start : start + 4]
        crc = crc32(word, crc ^ (int.from_bytes(word, "big") == REFUSED_WORD))
    return crc


def _words(answer: bytes) -> Words:
    return np.frombuffer(answer, ">u4").astype(np.uint32)
