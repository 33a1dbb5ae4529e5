"""Drives an array over a link: problems, states, seeds and schedules in; states, fields and counters out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import RAMP_BITS, SEGMENT_SPACING, Shape
from limulator_hdl.graph import Graph
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.registers import Control, RegisterMap, Status

from .golden import RECORD
from .link import BusError, Link, Words
from .noise import stream_states
from .quad_noise import quad_seed_words
from .schedule import Segment

__all__ = ["Driver"]


class Driver:
    """The array behind ``link``, which must have this ``shape``, and if it is a colour array this ``graph``.

    Raises :class:`BusError` if the array reports another register map.
    """

    def __init__(self, link: Link, shape: Shape, graph: Graph | None = None) -> None:
        self.link, self.shape, self.graph, self.map = link, shape, graph, RegisterMap(shape, graph)
        self._taken_off: NDArray[np.int64] | int = 0  # of the coupled fields, and added to the linear terms
        found = self.read_register("MAP_HASH")
        if found != self.map.hash:
            raise BusError(f"the array has map hash {found:#010x}, expected {self.map.hash:#010x} for {shape}")

    def read_register(self, name: str) -> int:
        """One register, by its name in the map."""
        return int(self.link.read(self.map.register(name), 1)[0])

    def write_register(self, name: str, value: int) -> None:
        """One register, by its name in the map."""
        self.link.write(self.map.register(name), np.array([value & 0xFFFFFFFF], np.uint32))

    def command(self, control: Control) -> None:
        """Write CONTROL."""
        self.write_register("CONTROL", control)

    @property
    def status(self) -> Status:
        """STATUS as it is now."""
        return Status(self.read_register("STATUS"))

    def load_problem(self, couplings: ArrayLike | sparse.sparray, linear: ArrayLike) -> None:
        """Write Q, (cells, cells), symmetric, and c, (cells,). Raises ``ValueError`` for a coupling that has no wire."""
        shape = self.shape
        rows = sparse.csr_array(couplings, dtype=np.int64)
        for cell in range(shape.cells):
            row = np.zeros(shape.row_words * shape.couplings_per_word, np.int64)
            span = slice(rows.indptr[cell], rows.indptr[cell + 1])
            row[self._places(cell, rows.indices[span])] = rows.data[span] >> shape.coupling_shift
            self.link.write(self.map.row(cell), self._packed(row))
        if isinstance(shape, ColorShape) and shape.counts:
            self._taken_off = rows.minimum(0).sum(axis=1)
        self._write_cells("LINEAR", np.asarray(linear, np.int64) + self._taken_off)
        if shape.bits > 1:
            self._write_cells("DIAGONAL", rows.diagonal() >> shape.coupling_shift)

    def load_state(self, x: ArrayLike, energy: int) -> None:
        """Write x, (cells,), rebuild the fields, set the running energy to E(x), and clear the counters."""
        self._write_cells("STATE", np.asarray(x, np.int64))
        self.command(Control.FILL)
        self.wait()
        self.write_register("ENERGY_LOW", energy)
        self.write_register("ENERGY_HIGH", energy >> 32)
        self.command(Control.CLEAR)

    def load_seed(self, seed: int) -> None:
        """Seed the noise streams of all lanes."""
        if isinstance(self.shape, ColorShape):
            self.write_register("SEED", 0)
            for words in quad_seed_words(seed, self.shape.lanes, self.shape.noise_steps):
                self.link.write(self.map.regions["NOISE"].base, words.astype(np.uint32))
            return
        words = stream_states(seed, self.shape.lanes).T[::-1]
        for word in words.reshape(-1):
            self.write_register("SEED", int(word))

    def load_schedule(self, segments: Sequence[Segment]) -> None:
        """Write the schedule."""
        base = self.map.regions["SCHEDULE"].base
        for number, segment in enumerate(segments):
            words = np.array([word % (1 << RAMP_BITS) for word in segment], np.uint32)
            self.link.write(base + SEGMENT_SPACING * number, words)
        self.write_register("SEGMENTS", len(segments))

    def wait(self, on_wait: Callable[[], None] = lambda: None) -> None:
        """Until the array has halted; ``on_wait`` is called now and then."""
        while not self.link.wait():
            on_wait()

    def read_x(self) -> NDArray[np.int32]:
        """The state: (cells,)."""
        return self._read_cells("STATE")

    def read_best(self) -> NDArray[np.int32]:
        """The best state among those at the ends of sweeps: (cells,)."""
        return self._read_cells("BEST")

    def read_coupled_field(self) -> NDArray[np.int32]:
        """g - c: (cells,)."""
        return (self._read_cells("FIELD") + self._taken_off).astype(np.int32)

    def read_log(self, segments: int) -> NDArray[np.void]:
        """The first records of the log: (segments,), dtype :data:`.RECORD`."""
        words = self.link.read(self.map.regions["LOG"].base, segments * RECORD_WORDS)
        return words.astype("<u4").view(RECORD)

    def _places(self, cell: int, neighbours: NDArray[np.integer]) -> NDArray[np.integer]:
        """Places in a cell's row of its couplings with these neighbours."""
        if self.graph is None:
            return self.shape.row_place(neighbours)
        place = {neighbour: k for k, neighbour in enumerate(self.graph.neighbours[cell])}
        for neighbour in neighbours:
            if neighbour not in place:
                raise ValueError(f"cells {cell} and {neighbour} are coupled, but the array has no wire between them")
        return np.array([place[neighbour] for neighbour in neighbours], np.int64)

    def _packed(self, row: NDArray[np.int64]) -> Words:
        shape = self.shape
        places = np.arange(shape.couplings_per_word) * shape.coupling_bits
        digits = row.reshape(-1, shape.couplings_per_word) & ((1 << shape.coupling_bits) - 1)
        return (digits << places).sum(axis=1).astype(np.uint32)

    def _windows(self) -> list[int]:
        return [window * self.shape.lanes for window in range(self.shape.windows)]

    def _write_cells(self, region: str, values: NDArray[np.int64]) -> None:
        for cell in self._windows():
            window = values[cell : cell + self.shape.lanes]
            self.link.write(self.map.cell(region, cell), window.astype(np.uint32))

    def _read_cells(self, region: str) -> NDArray[np.int32]:
        lanes = self.shape.lanes
        windows = [self.link.read(self.map.cell(region, cell), lanes) for cell in self._windows()]
        return np.concatenate(windows).astype(np.int32)
