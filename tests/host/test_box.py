"""Box QPs of every kind: what is accepted, the mapping to cells, and what is left for positive definite ones alone."""

import numpy as np
import pytest
from scipy import sparse

from limulator.box import BoxQP
from limulator.errors import ProblemError

INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])


def random_qp(seed, cells=6):
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(cells, cells))
    lb = generator.normal(size=cells)
    return BoxQP(root + root.T, generator.normal(size=cells), lb, lb + generator.uniform(0.1, 2, cells))


@pytest.mark.parametrize(
    ("P", "convex"),
    [
        (np.eye(3), True),
        (np.diag([1e8, 1e-8, 1.0]), True),
        (np.zeros((3, 3)), True),
        (np.ones((3, 3)), True),
        (np.diag([1.0, 0.0, 1e-6]), True),
        (np.outer([1.0, -3.0, 1e4], [1.0, -3.0, 1e4]), True),
        (np.diag([1.0, -1e-6, 1.0]), False),
        (INDEFINITE, False),
        (1e-9 * INDEFINITE, False),
        ([[0.0, 1.0], [1.0, 5.0]], False),
    ],
)
@pytest.mark.parametrize("form", [np.asarray, sparse.csc_array])
def test_convex(P, convex, form):
    assert BoxQP(form(P), 0.0, 0.0, 1.0).convex is convex


@pytest.mark.parametrize("seed", range(3))
def test_a_sparse_program_is_the_dense_one(seed):
    dense = random_qp(seed)
    thin = BoxQP(sparse.coo_array(dense.P), dense.q, dense.lb, dense.ub)
    y = np.random.default_rng(seed).normal(size=(4, 3, 6))
    assert thin.objective(y) == pytest.approx(dense.objective(y))
    assert thin.objective(y).shape == (4, 3)
    assert thin.gradient(y[0, 0]) == pytest.approx(dense.gradient(y[0, 0]))
    assert thin.kkt_residual(y[0, 0]) == pytest.approx(dense.kkt_residual(y[0, 0]))
    assert thin.problem(4).digest() == dense.problem(4).digest()


def test_the_minimum_of_a_sparse_program():
    P = sparse.diags_array([[-1.0] * 9, [3.0] * 10, [-1.0] * 9], offsets=[-1, 0, 1])
    q = np.linspace(-4, 4, 10)
    assert BoxQP(P, q, -1.0, 1.0).minimum == pytest.approx(BoxQP(P.toarray(), q, -1.0, 1.0).minimum)


@pytest.mark.parametrize("bits", [1, 3, 8, 16])
def test_states_and_values(bits):
    qp = random_qp(1)
    x = np.random.default_rng(bits).integers(1 << bits, size=(20, 6))
    x[0], x[1] = 0, (1 << bits) - 1
    values = qp.values(x, bits)
    assert (qp.states(values, bits) == x).all()
    assert (values[0] == qp.lb).all()
    assert (values[1] == qp.ub).all()
    assert (qp.lb <= values).all()
    assert (values <= qp.ub).all()
    assert (qp.states(qp.lb - 1, bits) == 0).all()


def test_fixed_variables():
    qp = BoxQP(random_qp(2).P, 1.0, [0.0, 1.0, -2.0, 0.0, 0.0, 0.0], [1.0, 1.0, -2.0, 1.0, 2.0, 1.0])
    inner = qp.without_fixed()
    assert inner.cells == 4
    y = np.random.default_rng(0).uniform(size=(5, 6))
    y[:, 1], y[:, 2] = 1.0, -2.0
    difference = qp.objective(y) - inner.objective(y[:, [0, 3, 4, 5]])
    assert difference == pytest.approx(difference[0])
    thin = BoxQP(sparse.csr_array(qp.P), qp.q, qp.lb, qp.ub).without_fixed()
    assert thin.q == pytest.approx(inner.q)
    assert thin.P.toarray() == pytest.approx(inner.P)
    assert (qp.states(y, 4)[:, 1] == 0).all()


@pytest.mark.parametrize("name", ["minimum", "rounding_gap", "lattice_minimum", "entropy_bits"])
@pytest.mark.parametrize(
    ("qp", "message"),
    [
        (BoxQP(INDEFINITE, 0.0, 0.0, 1.0), "positive definite, its least eigenvalue is -1"),
        (BoxQP([[0.0]], 0.0, 0.0, 1.0), "positive definite, its least eigenvalue is 0"),
        (BoxQP(np.eye(2), 0.0, [0.0, 1.0], 1.0), r"variable 1 is fixed at 1.0: use without_fixed\(\)"),
    ],
)
def test_the_exact_references_are_for_definite_programs(qp, name, message):
    arguments = {"rounding_gap": (4,), "lattice_minimum": (4,), "entropy_bits": (0.1, 4)}
    with pytest.raises(ProblemError, match=message):
        getattr(qp, name)(*arguments[name])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((0, 0)), 0.0, 0.0, 1.0), "square matrix"),
        ((np.eye(3)[:2], 0.0, 0.0, 1.0), r"square matrix, got shape \(2, 3\)"),
        ((sparse.csr_array([[1.0, 2.0], [0.0, 1.0]]), 0.0, 0.0, 1.0), "symmetric"),
        ((np.eye(2) * np.nan, 0.0, 0.0, 1.0), "P must be finite"),
        ((np.eye(2), [0.0, np.inf], 0.0, 1.0), "q must be finite"),
        ((np.eye(2), 0.0, [0.0, -np.inf], 1.0), r"bounds must be finite, got lb\[1\]=-inf: .* give a bound"),
        ((np.eye(2), 0.0, 0.0, [np.nan, 1.0]), r"got ub\[0\]=nan"),
        ((np.eye(2), 0.0, [0.0, 1.5], 1.0), r"lb must not be above ub, got lb\[1\]=1.5 ub\[1\]=1.0"),
        ((np.eye(2), "a", 0.0, 1.0), "q must be real numbers"),
    ],
)
def test_what_is_no_program_is_named(arguments, message):
    with pytest.raises(ProblemError, match=message):
        BoxQP(*arguments)
