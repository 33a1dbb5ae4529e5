"""The coefficients of a box QP in an array: exact where they should be, and never worse than the bounds say."""

from itertools import product

import numpy as np
import pytest

from limulator.anneal import check_counters, shape_for
from limulator.box import BoxQP
from limulator.errors import RangeError
from limulator.qp import rounding
from limulator.qp.rounding import quantisation_errors, rounded
from limulator.schedule import Schedule


def random_qp(generator, cells, convex):
    root = generator.normal(size=(cells, cells))
    lb = generator.normal(size=cells)
    width = 10.0 ** generator.uniform(-1, 1, cells)
    P = (root @ root.T if convex else root + root.T) / np.outer(width, width)
    return BoxQP((P + P.T) / 2, generator.normal(size=cells) / width, lb, lb + width)


@pytest.mark.parametrize("bits", [1, 2, 6, 12, 16])
@pytest.mark.parametrize("convex", [True, False])
def test_the_fields_are_those_of_the_objective(bits, convex):
    generator = np.random.default_rng(bits)
    qp = random_qp(generator, 5, convex)
    y = generator.uniform(qp.lb, qp.ub)
    x = qp.states(y, bits)
    problem = rounded(qp, y, bits)
    here = qp.values(x, bits)
    assert problem.value(x) == pytest.approx(qp.objective(here), rel=1e-9, abs=1e-9 * problem.scale)
    for i in range(5):
        up = 1 if x[i] < problem.x_max else -1
        step = x.copy()
        step[i] += up
        exact = qp.objective(qp.values(step, bits)) - qp.objective(here)
        # Half a unit for rounding the field, half for the curvature, which a step down has too.
        slack = 1.01 * problem.scale + 1e-12 * np.abs(qp.objective([qp.lb, here, qp.ub])).max()
        assert problem.scale * (problem.energy(step) - problem.energy(x)) == pytest.approx(exact, abs=slack)


@pytest.mark.parametrize(("cells", "bits"), [(1, 1), (1, 16), (50, 12), (100, 12), (50, 16), (200, 12), (300, 8)])
def test_fields_and_counters_have_room(cells, bits):
    generator = np.random.default_rng(cells)
    root = generator.normal(size=(cells, cells))
    qp = BoxQP(root @ root.T / cells, generator.normal(size=cells), -1.0, 2.0)
    problem = rounded(qp, generator.uniform(-1, 2, cells), bits)
    schedule = Schedule("geometric", 100_000, 1e-9, 1.0)
    shape = shape_for(problem, schedule)
    check_counters(shape, schedule.compile(shape))
    largest = np.abs(problem.couplings.data).max(initial=0)
    assert largest <= (1 << 15) - 1
    # With less the curvature of a variable would be wrong by more than a percent.
    assert bits == 1 or largest >= 50


@pytest.mark.parametrize("bits", [2, 3])
@pytest.mark.parametrize("coupling", [1, 3, 20])
@pytest.mark.parametrize("convex", [True, False])
def test_the_best_state_is_no_worse_than_the_bound(monkeypatch, bits, coupling, convex):
    """Coarse coefficients, the best state by enumeration, and the exact minimum, or the best of a much finer lattice."""
    monkeypatch.setattr(rounding, "MOST_COUPLING", coupling)
    states = np.array(list(product(range(1 << bits), repeat=3)))
    fine = np.array(list(product(range(1 << 5), repeat=3)))
    generator = np.random.default_rng(bits)
    tight = 0.0
    for _ in range(60):
        qp = random_qp(generator, 3, convex)
        problem = rounded(qp, generator.uniform(qp.lb, qp.ub), bits)
        best = states[problem.energy(states).argmin()]
        least = qp.objective(qp.minimum) if convex else qp.objective(qp.values(fine, 5)).min()
        lattice, total = quantisation_errors(qp, problem, best)
        assert qp.objective(qp.values(states, bits)).min() - least <= lattice * (1 + 1e-9) + 1e-12
        gap = qp.objective(qp.values(best, bits)) - least
        assert gap <= total * (1 + 1e-9) + 1e-12
        tight = max(tight, gap / total)
    assert tight > 0.02


def test_coefficients_that_fit_cost_next_to_nothing():
    qp = BoxQP(np.diag([2.0, 2.0]), [-2.0, -4.0], 0.0, 3.0)
    problem = rounded(qp, [1.0, 2.0], 2)
    assert problem.quantisation_error == pytest.approx(0, abs=1e-12)
    lattice, total = quantisation_errors(qp, problem, np.array([1, 2]))
    assert lattice == 0.5
    assert total == pytest.approx(lattice, rel=1e-3)


def test_what_no_array_holds_is_refused():
    with pytest.raises(RangeError, match="no array anneals 300 cells of 16 bits: use fewer bits or variables"):
        rounded(BoxQP(np.eye(300), 0.0, 0.0, 1.0), np.zeros(300), 16)
    with pytest.raises(RangeError, match="scale P, q or the bounds down"):
        rounded(BoxQP(np.eye(2), 0.0, 0.0, 1e200), np.zeros(2), 8)
