"""A small virtual board, built once for all tests and workers, and served for a session."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from limulator_boards.virtual import VirtualPort
from limulator_hdl.formats import Shape
from limulator_sim.build import cache_directory
from limulator_sim.virtual_board import VirtualBoard
from simulators import needs

SMALL = Shape(cells=12, lanes=4, coupling_shift=1, segments=64)


@pytest.fixture(scope="session")
def shape() -> Shape:
    """The shape of the small board; it is compiled when this returns."""
    needs("verilator")
    pytest.importorskip("serial", reason="pyserial is missing: pip install 'limulator[board]'")
    cache_directory().mkdir(parents=True, exist_ok=True)
    with open(cache_directory() / "virtual-board.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        VirtualBoard(SMALL).close()
    return SMALL


@contextmanager
def serving(port: VirtualPort) -> Iterator[VirtualPort]:
    """The port, served by a thread."""
    thread = threading.Thread(target=port.serve)
    thread.start()
    try:
        yield port
    finally:
        port.stop()
        thread.join()
        port.close()


@pytest.fixture(scope="session")
def board(shape: Shape) -> Iterator[VirtualPort]:
    """The small board on a TCP port and a pseudo-terminal."""
    with serving(VirtualPort(shape, terminal=True)) as port:
        yield port
