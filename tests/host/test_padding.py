"""Problems on arrays with cells to spare."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from limulator import Problem, Schedule, solve
from limulator.energy import Ledger
from limulator.errors import RangeError, ScheduleError
from limulator.padding import check_held, pad
from limulator.rundir import RunDirectory
from limulator_hdl.formats import Shape
from limulator_sim.schedule import Segment

ARRAY = Shape(cells=12, lanes=4, coupling_shift=1, segments=64)
RING = Problem.max_cut(nx.cycle_graph(7))


def test_spare_cells_are_uncoupled_and_expensive() -> None:
    padded = pad(RING, ARRAY)
    assert padded.cells == 12
    assert np.array_equal(padded.couplings.toarray()[:7, :7], RING.couplings.toarray())
    assert padded.couplings.nnz == RING.couplings.nnz
    assert padded.linear.tolist() == [*RING.linear.tolist(), *[ARRAY.g_max] * 5]
    assert pad(padded, ARRAY) is padded


def test_nothing_is_counted_of_them() -> None:
    """Given the same noise, an array with spare cells counts what an array without does."""
    problem = Problem.max_cut(nx.cycle_graph(12))
    wide, narrow = Shape(24, 12, coupling_shift=1, segments=64), Shape(12, 12, coupling_shift=1, segments=64)
    schedule = Schedule("constant", 40, 0.0, 2.0)
    start = np.arange(12) % 3 % 2
    found = solve(problem, schedule, shape=wide, initial_states=start, backend="golden")
    assert found.problem is problem
    assert found.shape == wide
    assert found.outcomes[0].x.shape == found.outcomes[0].best.shape == (12,)
    assert found.records["attempts"].tolist() == [40 * 12]
    for name in ("void", "energy", "best_energy", "sum_down"):
        assert found.records[name].dtype == np.int64
    assert found.records["void"].tolist() == [0]
    # a lane of the wide array draws twice a sweep, and its second word goes to a spare cell: so the two differ in their
    # noise, but from the same state of one sweep both have drawn the same first word
    once = Schedule("constant", 1, 0.0, 2.0)
    first = [solve(problem, once, shape=each, initial_states=start, backend="golden") for each in (wide, narrow)]
    assert first[0].outcomes[0].log.tolist() == first[1].outcomes[0].log.tolist()
    assert first[0].outcomes[0].x.tolist() == first[1].outcomes[0].x.tolist()


def test_the_ledger_is_that_of_the_problem() -> None:
    result = solve(RING, Schedule("linear", 100, 1.0, 3.0), shape=ARRAY, replicas=32, seed=1, backend="golden")
    assert result.start_entropy_bits == 7
    assert np.all(result.landauer_bits <= 7)
    rows = {name: estimate for name, estimate, _ in Ledger.of(result).rows()}
    assert rows["heat"][0] == pytest.approx(result.heat_bits.mean())


def test_a_run_directory_keeps_the_array(tmp_path) -> None:
    schedule = Schedule.automatic(RING, 50)
    settings = {"backend": "golden", "lanes": None, "shape": ARRAY, "replicas": 2, "seed": 3, "temperature_K": 300.0}
    directory = RunDirectory(tmp_path / "run")
    directory.begin(RING, schedule, settings)
    result = solve(RING, schedule, **settings)
    directory.finish(result)
    assert directory.read()[2] == settings
    loaded = directory.load()
    assert loaded.shape == ARRAY
    assert loaded.as_dict()["replicas"] == result.as_dict()["replicas"]


def test_what_is_refused() -> None:
    with pytest.raises(RangeError, match="the problem has 13 cells, the array 12: use a larger array"):
        solve(Problem.max_cut(nx.cycle_graph(13)), shape=ARRAY, backend="golden")
    with pytest.raises(RangeError, match="only cells of 1 bit can be left over"):
        solve(Problem.box(np.eye(3, dtype=int), bits=2), shape=Shape(4, 1, 2), backend="golden")
    with pytest.raises(ScheduleError, match=r"beta=0 does not hold them: use --beta-min 0\.677 or more"):
        solve(RING, Schedule("linear", 100, 0.0, 3.0), shape=ARRAY, backend="golden")
    with pytest.raises(RangeError, match="4 lanes, got lanes=7"):
        solve(RING, shape=ARRAY, lanes=7, backend="golden")


def test_the_limit_is_21_bits() -> None:
    """On both sides of the limit, at either end of a ramp."""
    one = 1 << ARRAY.beta_guard
    enough = -(-(21 << 12) // ARRAY.g_max)
    barrier = 1 << ARRAY.barrier_guard + 10
    for segment, held in (
        (Segment(0, enough * one, 0, 0, 5), True),
        (Segment(0, (enough - 1) * one, 0, 0, 5), False),
        (Segment(0, (enough + 4) * one, 0, -one, 5), True),
        (Segment(0, (enough + 4) * one, 0, -one, 6), False),
        (Segment(21 * barrier, 0, 0, 0, 5), True),
        (Segment(21 * barrier, 0, -barrier, 0, 2), False),
    ):
        if held:
            check_held(ARRAY, [segment])
        else:
            with pytest.raises(ScheduleError):
                check_held(ARRAY, [segment])
