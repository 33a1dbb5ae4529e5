"""A board with a colour array: problems of its graph over the line, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from agreement import outcomes
from limulator import Problem, Schedule, lattices, solve
from limulator.anneal import arrange
from limulator.arrangement import Arrangement
from limulator.errors import BoardError, RangeError
from limulator.rundir import RunDirectory
from limulator_boards import serial
from limulator_boards.serial import SerialError, SerialLink
from limulator_boards.virtual import VirtualPort
from limulator_hdl.color_shape import ColorShape

TORUS = lattices.square(5, 5, periodic=True)
SCHEDULE = Schedule("geometric", 200, 0.2, 6.0)


def glass(seed: int, graph=TORUS, fields: int = 1) -> Problem:
    """Couplings of both signs and fields on a graph."""
    rng = np.random.default_rng(seed)
    edges = {edge: int(rng.choice([-1, 1])) for edge in graph.edges}
    return Problem.ising(edges, rng.integers(-fields, fields + 1, len(graph)), name="glass")


GLASS = glass(1)


@pytest.mark.parametrize("array", ["color", "auto"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_problem_over_the_line_equals_the_golden_model(
    color_board: VirtualPort, arrangement: Arrangement, array: str, seed: int
) -> None:
    """The problem that the board was built for, and another one on its graph."""
    problem = glass(seed)
    found = solve(problem, SCHEDULE, backend=f"serial:{color_board.url}", array=array, replicas=2, seed=5)
    assert found.shape == arrangement.shape
    assert found.shape.windows == 7
    golden = solve(problem, SCHEDULE, backend="golden", array="color", shape=found.shape, replicas=2, seed=5)
    assert outcomes(found) == outcomes(golden)
    assert [outcome.log.tolist() for outcome in found.outcomes] == [outcome.log.tolist() for outcome in golden.outcomes]
    assert found.records["attempts"].tolist() == [200 * 25] * 2
    assert outcomes(golden) == outcomes(
        solve(problem, SCHEDULE, backend="golden", array="color", lanes=4, replicas=2, seed=5)
    )


@pytest.mark.parametrize("array", ["deep", "auto"])
def test_a_compact_deep_array_equals_the_golden_model(deep_board: VirtualPort, array: str) -> None:
    """The host takes the shape that the board tells: with other noise, and as many segments as the board has."""
    problem = Problem.max_cut({edge: (-1) ** sum(edge) for edge in lattices.square(6, 8, periodic=True).edges})
    found = solve(problem, SCHEDULE, backend=f"serial:{deep_board.url}", array=array, replicas=2, seed=5)
    shape = found.shape
    assert isinstance(shape, ColorShape)
    assert (shape.deep, shape.compact, shape.lanes, shape.windows, shape.beta_bits) == (1, 1, 6, 8, 15)
    golden = solve(problem, SCHEDULE, backend="golden", array="deep", shape=shape, replicas=2, seed=5)
    assert outcomes(found) == outcomes(golden)
    assert [outcome.log.tolist() for outcome in found.outcomes] == [outcome.log.tolist() for outcome in golden.outcomes]


def test_the_shape_is_told(color_board: VirtualPort, arrangement: Arrangement) -> None:
    with SerialLink(color_board.url) as link:
        assert link.shape == arrangement.shape
        assert type(link.shape) is ColorShape


def test_a_run_directory_of_a_board(color_board: VirtualPort, arrangement: Arrangement, tmp_path) -> None:
    directory = RunDirectory(tmp_path / "run")
    settings = {
        "backend": f"serial:{color_board.url}",
        "array": "color",
        "lanes": None,
        "shape": arrangement.shape,
        "replicas": 1,
        "seed": 3,
        "temperature_K": 300.0,
    }
    directory.begin(GLASS, SCHEDULE, settings)
    directory.finish(solve(GLASS, SCHEDULE, **settings))
    problem, schedule, stored = directory.read()
    assert stored == settings
    assert outcomes(solve(problem, schedule, **stored | {"backend": "golden"})) == outcomes(directory.load())


def shuffled() -> Problem:
    """Another graph of as many positions: two cells of different colours have changed places."""
    order = arrange(GLASS, SCHEDULE, 4).order
    places = np.arange(25)
    places[[order[0], order[-4]]] = places[[order[-4], order[0]]]
    couplings = GLASS.couplings.tocsr()[places][:, places]
    return Problem(couplings, GLASS.linear[places])


def test_problems_that_do_not_fit(color_board: VirtualPort) -> None:
    for problem, message in (
        (
            glass(1, lattices.square(5, 6, periodic=True)),
            r"the array is that of another graph \(.*\): build it for this one",
        ),
        (
            Problem(GLASS.couplings * 2, GLASS.linear),
            r"a field of \d+ does not fit, levels end at \d+: build the array for",
        ),
    ):
        with pytest.raises(RangeError, match=message):
            solve(problem, SCHEDULE, backend=f"serial:{color_board.url}", array="color")
    with pytest.raises(RangeError, match=r"4 lanes, got lanes=2: leave it out"):
        solve(GLASS, SCHEDULE, backend=f"serial:{color_board.url}", array="color", lanes=2)
    with pytest.raises(
        BoardError, match=r"^socket://.* has the array of another graph: build it for this one, or use a sim"
    ):
        solve(shuffled(), SCHEDULE, backend=f"serial:{color_board.url}", array="color")
    shape = arrange(GLASS, SCHEDULE, 5).shape
    with pytest.raises(BoardError, match=r"has ColorShape.*lanes=4.* but ColorShape.*lanes=5.* was asked for"):
        solve(GLASS, SCHEDULE, backend=f"serial:{color_board.url}", array="color", shape=shape)


def test_the_other_array(color_board: VirtualPort, board: VirtualPort) -> None:
    for port, array, there in ((color_board, "event", "color"), (board, "color", "event"), (color_board, "deep", "color")):
        with pytest.raises(RangeError, match=rf"has array {there}, got array='{array}': use {there}, or a simulator"):
            solve(glass(1, lattices.chain(12, periodic=True), 0), SCHEDULE, backend=f"serial:{port.url}", array=array)


def test_gateware_of_another_version(color_board: VirtualPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial.RegisterMap, "hash", 0x12345678)
    with pytest.raises(SerialError, match=r"another version \(map hash 0x[0-9a-f]{8}, not 0x12345678\): load that of this"):
        SerialLink(color_board.url)
