"""A whole board compiled by Verilator: bytes in and out of its serial line, and its lights."""

from __future__ import annotations

import ctypes

from limulator_hdl.board_top import BOARD_TOP, generate_board_verilog
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_hdl.uart import BYTE_BITS

from .verilator import compiled

__all__ = ["VirtualBoard"]


class VirtualBoard:
    """A board of the given shape, on a graph if it has a colour array; compiled at its first use.

    Its time stands still between two calls, and its line is as fast as its clock allows.

    Raises :class:`SimulationError` if Verilator, g++ or make is missing or fails.
    """

    DIVISOR = 4
    """Clocks a bit."""

    TIMEOUT = 1 << 16
    """Clocks between two bytes of a request, at most."""

    def __init__(self, shape: Shape, graph: Graph | None = None) -> None:
        numbers = {"divisor": self.DIVISOR, "timeout": self.TIMEOUT}
        library = compiled(
            BOARD_TOP,
            "board.cpp",
            f"{shape} {graph} {numbers}",
            lambda: generate_board_verilog(shape, graph, **numbers),
        )
        library.board_open.restype = ctypes.c_void_p
        library.board_close.argtypes = [ctypes.c_void_p]
        library.board_lights.argtypes = [ctypes.c_void_p]
        library.board_clocks.argtypes = [ctypes.c_void_p]
        library.board_clocks.restype = ctypes.c_uint64
        text, number = ctypes.c_char_p, ctypes.c_uint64
        library.board_run.argtypes = [ctypes.c_void_p, text, number, number, text, number]
        library.board_run.restype = number
        self._library = library
        self._board = library.board_open(self.DIVISOR)

    def exchange(self, received: bytes = b"", clocks: int = 0) -> bytes:
        """Send bytes to the board, run until the line is quiet again, and for so many clocks at least: its answer."""
        # a request of 6 bytes can ask for 1020
        room = 200 * len(received) + clocks // (BYTE_BITS * self.DIVISOR) + 1100
        answer = ctypes.create_string_buffer(room)
        count = self._library.board_run(self._board, received, len(received), clocks, answer, room)
        return answer.raw[:count]

    @property
    def clocks(self) -> int:
        """Clocks since reset."""
        return int(self._library.board_clocks(self._board))

    @property
    def running(self) -> bool:
        """The array runs."""
        return bool(self._library.board_lights(self._board) & 1)

    @property
    def active(self) -> bool:
        """A request is in progress."""
        return bool(self._library.board_lights(self._board) & 2)

    @property
    def error(self) -> bool:
        """Something has gone wrong on the line."""
        return bool(self._library.board_lights(self._board) & 4)

    def close(self) -> None:
        """End the simulation."""
        if self._board:
            self._library.board_close(self._board)
            self._board = None
