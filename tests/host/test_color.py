"""Solving on the colour array: the books, the stationary law, and the choice of the array."""

import networkx as nx
import numpy as np
import pytest
from scipy.stats import chi2

from limulator import lattices
from limulator.anneal import choose_array, solve
from limulator.backends import Watch
from limulator.energy import Ledger
from limulator.errors import ProblemError, RangeError
from limulator.problem import Problem
from limulator.rundir import RunDirectory
from limulator.schedule import Schedule
from limulator.stages import Stage, Stages
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_sim.cells import random_cells
from simulators import needs

RAMP = Schedule("geometric", 120, 0.2, 6.0)
SHUT = Stages([Stage(3, 0.5, 31.0)])
"""Nothing passes the barrier."""


def glass(graph, seed=1):
    """Random couplings and fields on a graph."""
    rng = np.random.default_rng(seed)
    edges = {edge: int(rng.choice([-2, -1, 1, 2])) for edge in graph.edges}
    return Problem.ising(edges, rng.integers(-1, 2, len(graph)), name="glass")


# 13 cells in three colours: 5 lanes and 2 empty positions by default
ODD = glass(lattices.chain(13, periodic=True))
PROBLEMS = {
    "odd ring": ODD,
    "torus": glass(lattices.square(6, 5, periodic=True)),
    "random": glass(nx.fast_gnp_random_graph(40, 0.1, seed=3)),
    "kings": glass(lattices.kings(5, 5)),
    "uncoupled": Problem(np.zeros((7, 7), int), [3, -2, 1, 0, 5, -5, 1]),
}


class StopAfter(Watch):
    """Stops once so many attempts have been reported."""

    def __init__(self, attempts):
        self.left, self.told = attempts, 0

    def advance(self, attempts):
        self.left -= attempts
        self.told += attempts

    @property
    def stop(self):
        return self.left <= 0


def same(one, other):
    for mine, yours in zip(one.outcomes, other.outcomes, strict=True):
        for name in ("x", "best", "log", "sweeps"):
            assert getattr(mine, name).tolist() == getattr(yours, name).tolist()


@pytest.mark.parametrize("replicas", [1, 3, 20])
@pytest.mark.parametrize("name", PROBLEMS)
def test_the_books_close_on_both_models(name, replicas):
    problem = PROBLEMS[name]
    golden, fast = (
        solve(problem, RAMP, array="color", replicas=replicas, seed=5, backend=backend) for backend in ("golden", "fast")
    )
    same(golden, fast)
    assert golden.complete
    assert isinstance(golden.shape, ColorShape)
    for outcome in golden.outcomes:
        end = outcome.log[-1]
        assert outcome.x.shape == outcome.best.shape == (problem.cells,)
        assert end["attempts"] == 120 * problem.cells
        assert outcome.sweeps[[0, -1]].tolist() == [0, 120]
        assert end["energy"] == problem.energy(outcome.x)
        assert end["best_energy"] == problem.energy(outcome.best) <= outcome.log["energy"].min()
        assert end["energy"] - outcome.log[0]["energy"] == end["sum_down"] + end["sum_up"]
    assert golden.problem is problem


def test_the_gateware_gives_the_same_result():
    needs("icarus")
    golden, gateware = (
        solve(ODD, RAMP, array="color", replicas=2, seed=5, backend=backend) for backend in ("golden", "icarus")
    )
    same(golden, gateware)
    assert all(outcome.clocks >= 120 * gateware.shape.windows for outcome in gateware.outcomes)


def lattice(seed, rows=6, columns=8):
    """Couplings of -2, 0 and 2, and random fields, on a square torus."""
    rng = np.random.default_rng(seed)
    edges = {edge: 2 * int(rng.integers(-1, 2)) for edge in lattices.square(rows, columns, periodic=True).edges}
    return Problem.ising(edges, rng.integers(-3, 4, rows * columns), name="lattice")


@pytest.mark.parametrize(("lanes", "windows"), [(None, 6), (8, 6), (6, 8)])
def test_a_deep_array(lanes, windows):
    """A side of the torus is its lanes; fields, energies and counters are those of the problem."""
    problem = lattice(1)
    needs("icarus")
    golden, fast, gateware = (
        solve(problem, RAMP, array="deep", lanes=lanes, replicas=2, seed=5, backend=backend)
        for backend in ("golden", "fast", "icarus")
    )
    same(golden, fast)
    same(golden, gateware)
    assert golden.array == "deep"
    assert (golden.shape.windows, golden.shape.lanes) == (windows, 48 // windows)
    assert max(outcome.clocks for outcome in gateware.outcomes) < 120 * (windows + 10) + len(golden.segments) * 80 + 100
    for outcome in golden.outcomes:
        assert outcome.log[-1]["attempts"] == 120 * 48
        assert outcome.log[-1]["energy"] == problem.energy(outcome.x)
    again = solve(problem, RAMP, array="auto", shape=golden.shape, replicas=2, seed=5, backend="fast")
    same(golden, again)


def test_more_cells_than_an_event_array_has():
    problem = Problem.max_cut(lattices.square(512, 144, periodic=True))
    result = solve(problem, Schedule("geometric", 4, 0.2, 6.0), array="deep", lanes=144, backend="fast")
    assert (result.shape.cells, result.shape.windows) == (73_728, 512)
    assert result.records["attempts"].tolist() == [4 * 73_728]
    assert choose_array(problem, "auto") == "color"
    with pytest.raises(RangeError, match="an event array has 65536 cells at most, the problem 73728: use the colour one"):
        solve(problem, RAMP)


def test_a_deep_array_that_is_there():
    shape = solve(lattice(1), RAMP, array="deep", lanes=6).shape
    same(*(solve(lattice(2), RAMP, array="deep", seed=3, **how) for how in ({"shape": shape}, {"lanes": 6})))
    for problem, said in (
        (lattice(1, 6, 10), "the array is that of another graph"),
        (lattice(1, 12, 4), "lanes must be a side of the torus, 4 or 12, got lanes=6"),
        (glass(lattices.square(7, 8)), "couplings of -1, 0 and 1 times"),
    ):
        with pytest.raises(RangeError, match=said):
            solve(problem, RAMP, array="deep", shape=shape)


@pytest.mark.parametrize("lanes", [1, 2, 7, 64])
def test_any_number_of_lanes(lanes):
    golden, fast = (solve(ODD, RAMP, array="color", lanes=lanes, seed=2, backend=each) for each in ("golden", "fast"))
    same(golden, fast)
    assert golden.shape.lanes == lanes
    assert golden.records["attempts"].tolist() == [120 * 13]


def test_it_starts_where_the_event_array_would():
    results = [solve(ODD, SHUT, array=array, replicas=3, seed=9, backend="golden") for array in ("event", "color")]
    same(*results)
    assert [outcome.x.tolist() for outcome in results[0].outcomes] == [
        random_cells(k, Shape(13)).tolist() for k in (9, 10, 11)
    ]


def test_given_states_are_where_a_run_begins():
    states = np.arange(26).reshape(2, 13) % 3 % 2
    result = solve(ODD, SHUT, array="color", replicas=2, initial_states=states, backend="golden")
    assert np.array_equal([outcome.x for outcome in result.outcomes], states)
    assert result.records["energy"].tolist() == [ODD.energy(state) for state in states]
    with pytest.raises(ProblemError, match=r"must have shape"):
        solve(ODD, SHUT, array="color", replicas=2, initial_states=states[:, :12].repeat(2, 0))


def test_progress_and_interruption_count_cells_alone():
    whole = StopAfter(10**9)
    solve(ODD, RAMP, array="color", replicas=2, backend="golden", watch=whole)
    assert whole.told == 2 * 120 * 13
    stopped = solve(ODD, RAMP, array="color", replicas=2, backend="golden", watch=StopAfter(2 * 7 * 13))
    assert not stopped.complete
    assert [outcome.sweeps[-1] for outcome in stopped.outcomes] == [7, 7]
    assert stopped.records["attempts"].tolist() == [7 * 13] * 2


def test_the_ledger_is_that_of_the_problem():
    result = solve(ODD, Schedule("linear", 200, 0.0, 2.0, barrier=1.0), array="color", replicas=64, seed=1)
    ledger = Ledger.of(result)
    assert result.start_entropy_bits == 13
    assert ledger.heat_bits.value == pytest.approx(result.heat_bits.mean())
    assert ledger.heat_less_bound_bits.value > -4.9 * ledger.heat_less_bound_bits.standard_error


def test_the_stationary_law_is_boltzmanns():
    """40,000 runs of 7 cells against the exact law: chi squared, which a right array exceeds once in 1e6 times.

    Behind a barrier of a bit, on which the law does not depend, 80 sweeps forget the start.
    """
    problem = glass(lattices.edge_list([*lattices.chain(7, periodic=True).edges, (0, 3), (2, 5)], 7), seed=4)
    beta = 0.25
    result = solve(problem, Stages([Stage(80, beta, 1.0)]), array="color", replicas=40_000, seed=77, backend="fast")
    assert result.shape.windows == 3
    assert result.shape.cells > 7
    states = (np.arange(128)[:, None] >> np.arange(7)) & 1
    found = np.bincount(np.array([outcome.x for outcome in result.outcomes]) @ (1 << np.arange(7)), minlength=128)

    def statistic(beta):
        weights = 2.0 ** (-beta * problem.energy(states))
        expected = 40_000 * weights / weights.sum()
        assert expected.min() > 15
        return ((found - expected) ** 2 / expected).sum()

    limit = chi2.isf(1e-6, 127)
    assert statistic(beta) < limit
    assert statistic(1.1 * beta) > limit  # so fine is the test


def test_a_ferromagnet_is_ordered():
    """An optimum that is known: all spins of an open cubic lattice parallel."""
    problem = Problem.ising(dict.fromkeys(lattices.cubic(4, 4, 4).edges, -1))
    result = solve(problem, sweeps=400, array="color", replicas=20, seed=1)
    assert problem.value(result.best_state) == -144


@pytest.mark.parametrize(
    ("problem", "shape", "expected"),
    [
        (ODD, None, "color"),
        (ODD, Shape(13), "event"),
        (ODD, ColorShape(16, 4), "color"),
        (Problem.max_cut(nx.complete_graph(17)), None, "color"),
        (Problem.max_cut(nx.complete_graph(18)), None, "event"),
        (Problem([[0, 64], [64, 0]]), None, "color"),
        (Problem([[0, 65], [65, 0]]), None, "event"),
        (Problem.box([[2, 1], [1, 2]], bits=3), None, "event"),
    ],
    ids=["ring", "shape", "shape of a colour array", "degree 16", "degree 17", "64 levels", "65 levels", "3 bits"],
)
def test_the_automatic_choice(problem, shape, expected):
    assert choose_array(problem, "auto", shape) == expected


def test_the_choice_is_what_runs():
    shapes = {array: type(solve(ODD, RAMP, array=array).shape) for array in ("event", "color", "auto")}
    assert shapes == {"event": Shape, "color": ColorShape, "auto": ColorShape}
    assert type(solve(ODD, RAMP).shape) is Shape
    for array in ("event", "color"):
        made = solve(ODD, RAMP, array=array)
        again = solve(ODD, RAMP, array="auto", shape=made.shape)
        assert again.shape is made.shape
        same(made, again)


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"array": "colour"}, ProblemError, "array must be one of event, color, deep, auto, got array='colour'"),
        ({"array": "color", "lanes": 0}, RangeError, r"lanes must be 1\.\.1024, got lanes=0"),
        ({"array": "color", "lanes": 2000}, RangeError, r"lanes must be 1\.\.1024, got lanes=2000"),
        (
            {"array": "color", "shape": Shape(13)},
            RangeError,
            "has array event, got array='color': use event, or a simulator",
        ),
        ({"shape": ColorShape(13, 13)}, RangeError, "has array color, got array='event': use color, or a simulator"),
        ({"array": "color", "shape": ColorShape(16, 4), "lanes": 8}, RangeError, "has 4 lanes, got lanes=8: leave it out"),
        ({"array": "color", "shape": ColorShape(12, 4)}, RangeError, "another graph .*16 positions, the array cells=12"),
        (
            {"array": "color", "shape": ColorShape(16, 4, degree=1)},
            RangeError,
            "another graph .*2 couplings, the array deg",
        ),
        (
            {"array": "color", "shape": ColorShape(16, 4, levels=3)},
            RangeError,
            "a field of .* does not fit, levels end at 3: build",
        ),
        ({"array": "color", "shape": ColorShape(16, 4, deep=1)}, RangeError, "has array deep, got array='color': use deep"),
        ({"array": "deep"}, RangeError, "a deep array holds couplings of -1, 0 and 1 times .* take 3 bits: use the colour"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        solve(ODD, RAMP, **arguments)


def test_a_result_says_which_array():
    color = solve(ODD, RAMP, array="color", lanes=4).as_dict()
    assert [color[name] for name in ("array", "lanes", "windows", "cells")] == ["color", 4, 4, 13]
    assert ColorShape(**color["shape"]).cells == 16
    event = solve(ODD, RAMP, lanes=1).as_dict()
    assert [event[name] for name in ("array", "lanes", "windows")] == ["event", 1, 13]


@pytest.mark.parametrize(("problem", "array", "lanes"), [(ODD, "color", None), (ODD, "color", 3), (lattice(1), "deep", 6)])
def test_a_run_directory_repeats_it(tmp_path, problem, array, lanes):
    settings = {"backend": "golden", "array": array, "lanes": lanes, "replicas": 2, "seed": 3, "temperature_K": 300.0}
    directory = RunDirectory(tmp_path / "run")
    directory.begin(problem, RAMP, settings)
    result = solve(problem, RAMP, **settings)
    directory.finish(result)
    problem, schedule, stored = directory.read()
    assert stored == settings
    same(solve(problem, schedule, **stored), result)
    loaded = directory.load()
    assert loaded.shape == result.shape
    same(loaded, result)
    assert loaded.as_dict()["replicas"] == result.as_dict()["replicas"]
    assert f"{array}, cells" in (directory.path / "report.html").read_text()
