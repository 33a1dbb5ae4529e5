"""The driver of a colour array: what it writes where, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph
from limulator_hdl.registers import RegisterMap
from limulator_sim.driver import Driver
from limulator_sim.link import BusError, Link, Words
from limulator_sim.quad_noise import quad_seed_words

GRAPH = Graph(((2, 3), (), (0,), (0,)), (1,))
COUNTED = ColorShape(4, 2, degree=2)
ADDED = ColorShape(4, 2, degree=2, coupling_bits=16, coupling_shift=1, field_bits=20)


class Kept(Link):
    """An array that only keeps what is written to it."""

    def __init__(self, registers: RegisterMap) -> None:
        self.words = {registers.register("MAP_HASH"): registers.hash}
        self.writes: list[tuple[int, list[int]]] = []

    def write(self, address: int, words: Words) -> None:
        self.writes.append((address, words.tolist()))
        self.words.update(enumerate(words.tolist(), address))

    def read(self, address: int, count: int) -> Words:
        return np.array([self.words[address + offset] for offset in range(count)], np.uint32)

    def wait(self) -> bool:
        return True

    def close(self) -> None:
        pass


def driver(shape: ColorShape, graph: Graph = GRAPH) -> Driver:
    return Driver(Kept(RegisterMap(shape, graph)), shape, graph)


def problem(shape: ColorShape, *couplings: tuple[int, int, int]) -> np.ndarray:
    matrix = np.zeros((shape.cells, shape.cells), np.int64)
    for i, j, q in couplings:
        matrix[i, j] = matrix[j, i] = q << shape.coupling_shift
    return matrix


@pytest.mark.parametrize("pair", [(2, 3), (0, 1), (1, 2), (1, 3)])
def test_a_coupling_without_a_wire_is_refused(pair: tuple[int, int]) -> None:
    i, j = pair
    with pytest.raises(ValueError) as caught:
        driver(COUNTED).load_problem(problem(COUNTED, (0, 2, 1), (i, j, -1)), np.zeros(4))
    assert str(caught.value) == f"cells {i} and {j} are coupled, but the array has no wire between them"


def test_couplings_lie_in_the_order_of_the_neighbours() -> None:
    array = driver(ADDED)
    array.load_problem(problem(ADDED, (0, 3, -5), (0, 2, 1234)), [7, 0, -8, 9])
    found = [int(array.link.read(array.map.row(cell), 1)[0]) for cell in range(4)]
    assert found == [1234 | (-5 % (1 << 16)) << 16, 0, 1234, -5 % (1 << 16)]
    assert array._read_cells("LINEAR").tolist() == [7, 0, -8, 9]


def test_what_counted_couplings_take_off_is_in_the_linear_terms() -> None:
    array = driver(COUNTED)
    array.load_problem(problem(COUNTED, (0, 3, -1), (0, 2, 1)), [3, 0, 2, 1])
    assert [int(array.link.read(array.map.row(cell), 1)[0]) for cell in range(4)] == [0b1101, 0, 0b01, 0b11]
    assert array._read_cells("LINEAR").tolist() == [2, 0, 2, 0]
    array._write_cells("FIELD", np.array([2, 0, 1, 1]))  # counts at x = (1, 0, 1, 0)
    assert array.read_coupled_field().tolist() == [1, 0, 1, 0]


def test_noise_is_cleared_then_seeded_a_word_for_every_generator_at_a_time() -> None:
    shape = ColorShape(5, 5, degree=1)
    array = driver(shape, Graph.of(5, []))
    array.load_seed(3)
    (cleared, _), *seeds = array.link.writes
    assert cleared == array.map.register("SEED")
    assert seeds == [(array.map.regions["NOISE"].base, words) for words in quad_seed_words(3, 5).tolist()]


def test_the_array_of_another_graph_is_refused() -> None:
    with pytest.raises(BusError, match="map hash"):
        Driver(Kept(RegisterMap(COUNTED, GRAPH)), COUNTED, Graph.of(4, [(0, 2)], [1]))
