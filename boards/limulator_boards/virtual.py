"""A virtual board: its serial line on a TCP port and, if wanted, on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import tty
from threading import Event
from time import monotonic
from typing import Any

from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_sim.virtual_board import VirtualBoard

from .port import SerialError

__all__ = ["VirtualPort"]

_QUIET_S = 0.1
"""After so long a silence a request that was cut off is given up, as on boards."""
_CLOCKS_AT_ONCE = 5_000
_STUCK_S = 1.0
"""A host that reads nothing for so long loses bytes, as on serial lines."""


class VirtualPort:
    """A virtual board of this shape, on a graph if it has a colour array, behind a TCP port, of this machine only; 0 is any
    that is free.

    One connection at a time has the board; others are closed at once. With ``terminal`` the line is on a pseudo-terminal,
    too, and answers go to where the last byte came from. ``url`` is what a host connects to, ``terminal`` the
    pseudo-terminal's path or None.

    Raises :class:`SimulationError` if Verilator is missing or fails, and :class:`SerialError` for a port that is taken.
    """

    def __init__(self, shape: Shape, graph: Graph | None = None, port: int = 0, terminal: bool = False) -> None:
        self._board = VirtualBoard(shape, graph)
        try:
            self._listener = socket.create_server(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            self._board.close()
            raise SerialError(f"cannot listen at port {port} ({error}): choose another, or 0 for any") from None
        self.url = "socket://{}:{}".format(*self._listener.getsockname())
        self.terminal: str | None = None
        self._client: socket.socket | None = None
        self._master = self._slave = -1
        if terminal:
            self._master, self._slave = os.openpty()  # the slave stays open, so that hosts may come and go
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self.terminal = os.ttyname(self._slave)
        self._stop = Event()

    def serve(self) -> None:
        """Be the board until :meth:`stop` is called, from another thread."""
        heard = monotonic()
        while not self._stop.is_set():
            sources: list[Any] = [self._listener, *filter(None, [self._client])]
            sources += [self._master] if self.terminal else []
            ready, _, _ = select.select(sources, [], [], 0 if self._board.running else _QUIET_S)
            for source in ready:
                if source is self._listener:
                    if self._client not in ready:  # or else it may be about to leave
                        self._accept()
                elif received := self._receive(source):
                    heard = monotonic()
                    self._send(source, self._board.exchange(received))
            if self._board.running:
                self._board.exchange(clocks=_CLOCKS_AT_ONCE)
            if self._board.active and monotonic() > heard + _QUIET_S:
                self._board.exchange(clocks=VirtualBoard.TIMEOUT)

    def stop(self) -> None:
        """End :meth:`serve`."""
        self._stop.set()

    def hang_up(self) -> None:
        """End the connection, as if the cable were pulled."""
        if self._client:
            with contextlib.suppress(OSError):
                self._client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Free the ports and end the simulation, once :meth:`serve` has ended."""
        self._forget()
        self._listener.close()
        for end in (self._master, self._slave):
            if end >= 0:
                os.close(end)
        self._board.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        if self._client:
            client.close()
        else:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.settimeout(_STUCK_S)
            self._client = client

    def _receive(self, source: Any) -> bytes:
        try:
            received = os.read(source, 4096) if source == self._master else source.recv(4096)
        except OSError:
            received = b""
        if not received and source is self._client:
            self._forget()
        return received

    def _forget(self) -> None:
        if self._client:
            self._client.close()
            self._client = None

    def _send(self, source: Any, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            if source == self._master:
                os.write(source, answer)
            else:
                source.sendall(answer)
