"""The array as a solver of CVXPY: beside OSQP, and what it refuses."""

import sys
from importlib import import_module

import numpy as np
import pytest

from limulator.errors import ProblemError

cp = pytest.importorskip("cvxpy")
LIM = pytest.importorskip("limulator.cvxpy").LIM


def data(rows=12, columns=5, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(rows, columns)), generator.normal(size=rows)


def programs():
    """Pairs of a program and how far its variables may be off."""
    A, b = data()
    P = A.T @ A
    x = cp.Variable(5, bounds=[-1, 0.3])
    y, z = cp.Variable((2, 3), nonneg=True), cp.Variable()
    tops = np.array([[0.5, 1, 2], [0.2, 1, 3]])
    weight = cp.Parameter(nonneg=True, value=3.0)
    return {
        "quad_form": (cp.Minimize(cp.quad_form(x, P) / 2 - b[:5] @ x), []),
        "constraints": (
            cp.Minimize(cp.sum_squares(y - 1) + cp.sum_squares(z)),
            [y <= tops, z >= 1, 2 * z <= 3],
        ),
        "least squares": (cp.Minimize(cp.sum_squares(A @ x - b)), []),
        "shifted": (cp.Minimize(cp.quad_form(x - b[:5], P) + 4), [x[1:3] <= 0]),
        "fixed": (cp.Minimize(cp.sum_squares(A @ x - b)), [x[0] == 0.25, 2 * x[4] == -1]),
        "maximum": (cp.Maximize(5 - cp.sum_squares(A @ x - b) - cp.sum(x)), []),
        "linear": (cp.Minimize(b[:5] @ x), []),
        "ridge": (cp.Minimize(cp.sum_squares(A @ x - b) + weight * cp.sum_squares(x)), []),
    }


@pytest.mark.parametrize("name", programs())
def test_beside_another_solver(name):
    problem = cp.Problem(*programs()[name])
    problem.solve(solver=cp.OSQP, eps_abs=1e-9, eps_rel=1e-9)
    least = problem.value
    found = problem.solve(solver=LIM(bits=10))
    assert problem.status == cp.OPTIMAL
    assert found == pytest.approx(least, rel=1e-4)
    solution = problem.solver_stats.extra_stats
    assert abs(found - least) <= solution.quantisation_error + 1e-6
    assert problem.solver_stats.solve_time == solution.wall_s
    for constraint in problem.constraints:
        assert np.max(constraint.violation()) < 1e-9


def test_variables_are_those_of_another_solver():
    A, b = data()
    x = cp.Variable(5, bounds=[-1, 0.3])
    problem = cp.Problem(cp.Minimize(cp.sum_squares(A @ x - b)))
    problem.solve(solver=cp.OSQP, eps_abs=1e-9, eps_rel=1e-9)
    exact = x.value
    problem.solve(solver=LIM(bits=12))
    assert x.value == pytest.approx(exact, abs=1e-3)


def test_options_of_solve_come_first():
    x = cp.Variable(2, bounds=[0, 1])
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x - 0.4)))
    problem.solve(solver=LIM(bits=3, replicas=2, sweeps=100), bits=4, seed=5)
    solution = problem.solver_stats.extra_stats
    assert solution.bits == 4
    assert solution.seed == 5
    assert len(solution.objectives) == 2


@pytest.mark.parametrize(
    ("constraints", "found"),
    [
        (lambda x, z: [z <= 1, cp.sum(x) <= 1], "1 inequalities of more than one variable"),
        (lambda x, z: [z <= 1, cp.norm1(x) <= 1], "inequalities of more than one variable"),
        (lambda x, z: [z <= 1, cp.sum(x) == 1], "1 equations of several variables and 0 variables without bounds"),
        (lambda x, z: [], "one bound only on 1 of them"),
    ],
)
def test_other_constraints_are_refused(constraints, found):
    x, z = cp.Variable(3, bounds=[0, 1]), cp.Variable(nonneg=True)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(x) + z), constraints(x, z))
    with pytest.raises(ProblemError, match=f"LIM wants two finite bounds on every variable and no other .*{found}"):
        problem.solve(solver=LIM())


def test_variables_without_bounds_are_refused():
    A, b = data()
    with pytest.raises(ProblemError, match="0 equations of several variables and 5 variables without bounds"):
        cp.Problem(cp.Minimize(cp.sum_squares(cp.Variable(5)))).solve(solver=LIM())
    with pytest.raises(ProblemError, match="12 equations of several variables and 17 variables without bounds"):
        cp.Problem(cp.Minimize(cp.sum_squares(A @ cp.Variable(5) - b))).solve(solver=LIM())
    x, s, t = cp.Variable(), cp.Variable(), cp.Variable()
    tied = [x >= 0, x <= 1, x + s + t == 1, 2 * s + 2 * t == 3 - x]
    with pytest.raises(ProblemError, match="2 equations that do not define the variables without bounds"):
        cp.Problem(cp.Minimize(cp.square(x) + s + t), tied).solve(solver=LIM())


@pytest.mark.parametrize("fixed", [[0.25, 2.0], [0.5, 0.25]])
def test_bounds_that_contradict_each_other(fixed):
    x = cp.Variable(bounds=[0, 1])
    problem = cp.Problem(cp.Minimize(cp.square(x)), [x == value for value in fixed])
    problem.solve(solver=LIM())
    assert problem.status == cp.INFEASIBLE
    assert x.value is None


def test_without_cvxpy(monkeypatch):
    monkeypatch.delitem(sys.modules, "limulator.cvxpy")
    for name in [name for name in sys.modules if name == "cvxpy" or name.startswith("cvxpy.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'limulator\[qp\]'"):
        import_module("limulator.cvxpy")
