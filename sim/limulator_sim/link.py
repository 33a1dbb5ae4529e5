"""A link to an array's bus: all that a driver needs to know of a simulator or a board."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BusError", "Link", "SimulationError"]

Words = NDArray[np.uint32]


class BusError(RuntimeError):
    """The array refused an access (``err``)."""


class SimulationError(RuntimeError):
    """A simulator or compiler is missing, or has failed."""


class Link(ABC):
    """Reads and writes words over the bus, and lets the array run.

    ``clocks`` counts the clocks during which the array was running, where the link can see them, else None. A link is a
    context manager.
    """

    clocks: int | None = None

    @abstractmethod
    def write(self, address: int, words: Words) -> None:
        """Write consecutive words. Raises :class:`BusError` naming the first one refused."""

    @abstractmethod
    def read(self, address: int, count: int) -> Words:
        """Read consecutive words. Raises :class:`BusError` naming the first one refused."""

    @abstractmethod
    def wait(self) -> bool:
        """Let the array run for a while, less than a second or so; True once it has halted."""

    @abstractmethod
    def close(self) -> None:
        """End the simulation or the connection."""

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
