"""Problems against their definitions, by brute force."""

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from limulator.errors import ProblemError, RangeError
from limulator.problem import Problem
from limulator_hdl.formats import Shape


def matrices(largest=9, low=-20, high=20):
    return st.integers(1, largest).flatmap(lambda n: arrays(np.int64, (n, n), elements=st.integers(low, high)))


def symmetric(matrix, diagonal=False):
    upper = np.triu(matrix, 1)
    return upper + upper.T + (np.diag(np.diag(matrix)) if diagonal else 0)


def states(n, bits=1):
    return np.array(list(itertools.product(range(1 << bits), repeat=n)))


@given(matrices(largest=7))
@settings(max_examples=40)
def test_max_cut_is_the_cut(matrix):
    weights = symmetric(matrix)
    problem = Problem.max_cut(weights)
    x = states(len(weights))
    cuts = [sum(weights[i, j] for i, j in itertools.combinations(range(len(s)), 2) if s[i] != s[j]) for s in x]
    assert (problem.cut(x) == cuts).all()
    assert (problem.energy(x) == -np.array(cuts)).all()


@given(matrices(largest=7), st.sampled_from([1, 0.5, 0.1]))
@settings(max_examples=40)
def test_qubo_is_the_quadratic_form(matrix, unit):
    Q = matrix * unit
    problem = Problem.qubo(Q, offset=3)
    x = states(len(Q))
    np.testing.assert_allclose(problem.value(x), np.einsum("ri,ij,rj->r", x, Q, x) + 3, atol=1e-9)


@given(matrices(largest=7), st.sampled_from([1, 0.5, 0.1]))
@settings(max_examples=40)
def test_ising_is_the_sum_over_pairs(matrix, unit):
    J, h = np.triu(matrix, 1) * unit, np.diag(matrix) * unit
    problem = Problem.ising(J, h, offset=-1)
    x = states(len(J))
    s = problem.spins(x)
    np.testing.assert_allclose(problem.value(x), np.einsum("ri,ij,rj->r", s, J, s) + s @ h - 1, atol=1e-9)
    assert Problem.ising(J + J.T, h).digest() == problem.digest() == Problem.ising(J.T, h).digest()


@given(matrices(largest=4), st.integers(1, 2), st.data())
@settings(max_examples=40)
def test_box_is_the_quadratic_form(matrix, bits, data):
    Q = symmetric(matrix, diagonal=True)
    c = data.draw(arrays(np.int64, len(Q), elements=st.integers(-20, 20)))
    problem = Problem.box(Q, c, bits, offset=2)
    x = states(len(Q), bits)
    assert (problem.value(x) == np.einsum("ri,ij,rj->r", x, Q, x) / 2 + x @ c + 2).all()


@given(matrices(largest=4), st.data())
@settings(max_examples=40)
def test_fields_are_finite_differences(matrix, data):
    Q = symmetric(matrix, diagonal=True)
    c = data.draw(arrays(np.int64, len(Q), elements=st.integers(-20, 20)))
    problem = Problem(Q, c, bits=2)
    for x in states(len(Q), 2)[:64]:
        g = problem.local_field(x)
        for i, e in enumerate(np.eye(len(Q), dtype=int)):
            if x[i] < problem.x_max:
                assert problem.energy(x + e) - problem.energy(x) == g[i]
            if x[i] > 0:
                assert problem.energy(x - e) - problem.energy(x) == -(g[i] - Q[i, i])


@given(matrices(largest=4), st.integers(2, 3), st.data())
@settings(max_examples=40)
def test_field_range_is_tight(matrix, bits, data):
    Q = symmetric(matrix, diagonal=True)
    c = data.draw(arrays(np.int64, len(Q), elements=st.integers(-50, 50)))
    problem = Problem(Q, c, bits)
    g = problem.local_field(states(len(Q), bits))
    assert problem.field_range() == (np.abs(g).max(), np.abs(g - np.diag(Q)).max())


@given(matrices(low=-300, high=300), st.integers(0, 5), st.integers(2, 8))
def test_array_shape_is_the_smallest(matrix, shift, bits):
    problem = Problem(symmetric(matrix, diagonal=True) << shift, bits=bits)
    shape = problem.array_shape()
    largest = int(np.abs(problem.couplings.data).max(initial=0))
    assert problem.cells % shape.lanes == 0
    assert max(problem.field_range()) <= shape.g_max
    assert largest <= shape.q_max << shape.coupling_shift
    if largest:
        assert shape.coupling_shift == problem.coupling_shift >= shift
        assert (problem.couplings.data % (2 << shape.coupling_shift)).any()
    for name, least in (("coupling_bits", 2), ("field_bits", shape.coupling_shift + 2)):
        if getattr(shape, name) > least:
            with pytest.raises(RangeError, match=name):
                problem.array_shape(**{name: getattr(shape, name) - 1})


def test_energy_is_exact_where_floats_are_not():
    problem = Problem([[0, 2**31 - 1], [2**31 - 1, 0]], [1, 0], bits=15)
    x = [2**15 - 1] * 2
    assert problem.energy(x) == (2**31 - 1) * (2**15 - 1) ** 2 + 2**15 - 1
    with pytest.raises(RangeError, match=r"energies up to .* 63 bits"):
        Problem([[0, 2**31 - 1], [2**31 - 1, 0]], bits=16)


def test_replicas():
    problem = Problem.max_cut(np.ones((5, 5)) - np.eye(5), name="K5")
    x = np.random.default_rng(1).integers(0, 2, (3, 4, 5))
    assert problem.energy(x).shape == problem.cut(x).shape == (3, 4)
    assert problem.local_field(x).shape == problem.spins(x).shape == (3, 4, 5)
    assert problem.energy(x)[1, 2] == problem.energy(x[1, 2])
    assert type(problem.energy(x[0, 0])) is type(problem.cut(x[0, 0])) is int
    assert problem.energy(np.zeros((0, 5), dtype=int)).shape == (0,)
    assert Problem.max_cut(0.5 * (np.ones((2, 2)) - np.eye(2))).cut([0, 1]) == 0.5


def test_one_problem_from_every_kind_of_source():
    weights = np.array([[0, 3, 0], [3, 0, -2], [0, -2, 0]])
    graph = nx.Graph()
    graph.add_nodes_from("abc")
    graph.add_weighted_edges_from([("b", "a", 3), ("c", "b", -2)])
    pairs = {(1, 0): 3, (1, 2): -2}
    sources = [
        weights,
        weights.tolist(),
        weights.astype(np.int8),
        np.triu(weights),
        sparse.coo_matrix(weights),
        sparse.csc_array(weights / 1.0),
        pairs,
        graph,
    ]
    for make in (Problem.max_cut, Problem.ising):
        assert len({make(source).digest() for source in sources}) == 1
    triangular = [np.triu(weights), np.tril(weights), sparse.dok_array(np.triu(weights)), pairs, graph, weights / 2]
    assert len({Problem.qubo(source).energy([1, 1, 1]) for source in triangular}) == 1
    assert Problem.qubo(weights).value([1, 1, 0]) == 6
    assert Problem.qubo(graph).value([1, 1, 0]) == 3


def test_sources_with_a_say_in_the_number_of_cells():
    assert Problem.ising({(0, 1): 1}, [0, 0, 5]).cells == 3
    assert Problem.ising({(0, 4): 1}, {2: 5}).linear.tolist() == [-2, 0, 10, 0, -2]
    assert Problem.ising({(0, 1): 1}, {3: -1}).value([0, 0, 0, 1]) == 0
    assert Problem.ising({(0, 1): 1}, {}).cells == 2
    assert Problem.max_cut(nx.empty_graph(4)).cells == 4
    parallel = nx.MultiGraph([(0, 1), (1, 0)])
    assert Problem.max_cut(parallel).cut([0, 1]) == 2
    assert Problem.qubo(nx.Graph([(0, 0), (0, 1)])).linear.tolist() == [1, 0]


def test_levels():
    J = np.array([[0, np.pi], [np.pi, 0]])
    with pytest.raises(ProblemError, match=r"coupling \(0, 1\) = 3.14.*levels="):
        Problem.ising(J)
    problem = Problem.ising(J, [np.e, 0], levels=7)
    assert np.abs(problem.couplings.data).max() >> problem.coupling_shift == 7
    assert 0 < problem.quantisation_error <= problem.scale / 2
    # One spin coupling pi and one field e, each within the reported error.
    assert problem.value([1, 1]) == pytest.approx(np.pi + np.e, abs=2 * problem.quantisation_error)


def test_a_frozen_problem():
    given_couplings = sparse.csr_array(np.array([[0, 1], [1, 0]]))
    problem = Problem(given_couplings, [1, 2])
    given_couplings.data[:] = 7
    assert problem.energy([1, 1]) == 4
    with pytest.raises(ValueError, match="read-only"):
        problem.linear[0] = 5
    with pytest.raises(ValueError, match="read-only"):
        problem.couplings.data[0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.bits = 2
    assert dataclasses.replace(problem, name="new").digest() == problem.digest()


def test_digest():
    problem = Problem([[0, 1], [1, 0]], [1, 2])
    assert problem.digest() == "06a589ca8c1f15cc4849c355a4acbfb89ba8da0e02cc30acfe1a5c9948d21ada"
    others = [
        Problem([[0, 1], [1, 0]], [2, 1]),
        Problem([[0, 2], [2, 0]], [1, 2]),
        Problem([[0, 1], [1, 0]], [1, 2], bits=2),
    ]
    assert problem.digest() not in {other.digest() for other in others}


def test_array_shape_parameters():
    problem = Problem.max_cut(nx.complete_graph(12))
    assert problem.array_shape() == Shape(12, lanes=12, coupling_bits=2, coupling_shift=1, field_bits=5)
    assert problem.array_shape(4, field_bits=9, segments=8).field_bits == 9
    assert problem.array_shape(coupling_shift=0).coupling_bits == 3
    assert Problem.max_cut(nx.empty_graph(37)).array_shape().lanes == 1
    for lanes in (5, 0, -1):
        with pytest.raises(RangeError, match=r"lanes must divide the 12 cells, .* 1, 2, 3, 4, 6, 12"):
            problem.array_shape(lanes)
    with pytest.raises(RangeError, match="coupling_shift=2 drops bits"):
        problem.array_shape(coupling_shift=2)
    with pytest.raises(RangeError, match="12 cells of 1 bits, the array 24 of 1"):
        problem.array_shape(cells=24)
    with pytest.raises(RangeError, match=r"coupling_bits must be 2..16, .*levels="):
        Problem([[0, 2**20 + 1], [2**20 + 1, 0]]).array_shape()


def test_coupling_shift():
    def shift(value, diagonal=0):
        return Problem([[diagonal, value], [value, 0]], bits=2).coupling_shift

    assert [shift(0), shift(1), shift(-12), shift(1 << 20), shift(8, diagonal=2)] == [0, 0, 2, 15, 1]


def test_statistics():
    facts = Problem([[2, -4, 0], [-4, 0, 0], [0, 0, 0]], [0, 1, -9], bits=2, name="toy").statistics()
    assert facts == {
        "name": "toy",
        "kind": "box",
        "cells": 3,
        "bits": 2,
        "couplings": 1,
        "density": pytest.approx(1 / 3),
        "degree_min": 0,
        "degree_mean": pytest.approx(2 / 3),
        "degree_max": 1,
        "coupling_min": -4,
        "coupling_max": 2,
        "linear_min": -9,
        "linear_max": 1,
        "field_max": 12,
        "step_max": 14,
        "coupling_shift": 1,
        "coupling_bits": 3,
        "field_bits": 5,
        "scale": 1.0,
        "offset": 0.0,
        "quantisation_error": 0.0,
    }
    assert Problem([[0]]).statistics()["density"] == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Problem([[0, 1], [2, 0]]), ProblemError, r"\(0, 1\) is 1 but \(1, 0\) is 2"),
        (lambda: Problem([[0, 0.5], [0.5, 0]]), ProblemError, r"coupling \(0, 1\) = 0.5 is not an integer.*levels="),
        (lambda: Problem([[0]], [0.5]), ProblemError, "linear coefficient 0 = 0.5 is not an integer"),
        (lambda: Problem([[np.nan]]), ProblemError, r"coupling \(0, 0\) = nan"),
        (lambda: Problem([[0, 1]]), ProblemError, "square"),
        (lambda: Problem(np.zeros((2, 2, 2))), ProblemError, "square"),
        (lambda: Problem([[0]], [1, 2]), ProblemError, r"shape \(1,\) like the couplings, got \(2,\)"),
        (lambda: Problem([[1]]), ProblemError, r"coupling \(0, 0\) is 1; .* add it to linear"),
        (lambda: Problem([[0]], bits=0), ProblemError, "bits must be 1..16, got bits=0"),
        (lambda: Problem([[0]], bits=17), ProblemError, "bits must be 1..16, got bits=17"),
        (lambda: Problem([[0]], bits=1.5), ProblemError, "bits must be an integer"),
        (lambda: Problem([[0]], bits=2, kind="ising"), ProblemError, "ising problem has cells of 1 bit"),
        (lambda: Problem([[0]], kind="sudoku"), ProblemError, "kind must be one of max-cut, .*'sudoku'"),
        (lambda: Problem([[0]], scale=0), ProblemError, "scale must be finite and not 0"),
        (lambda: Problem([[0]], offset=np.nan), ProblemError, "offset finite"),
        (lambda: Problem([[0]], [2**31]), RangeError, "linear coefficient 0 = 2147483648 is beyond"),
        (lambda: Problem([[0]], [10**40]), RangeError, "linear coefficient 0 .* is beyond"),
        (lambda: Problem(sparse.csr_array((2**18 + 1, 2**18 + 1))), RangeError, "cells must be 1..262144"),
        (lambda: Problem.max_cut([[1]]), ProblemError, r"coupling \(0, 0\) is 1.0; a cell cannot be coupled to itself"),
        (lambda: Problem.max_cut([[0, 1], [2, 0]]), ProblemError, "not symmetric"),
        (lambda: Problem.max_cut(nx.DiGraph([(0, 1)])), ProblemError, "directed: use graph.to_undirected"),
        (lambda: Problem.max_cut(nx.Graph([(0, 0)])), ProblemError, "cannot be coupled to itself"),
        (lambda: Problem.max_cut(nx.Graph([(0, 1, {"weight": "x"})])), ProblemError, "must be real numbers"),
        (lambda: Problem.max_cut({}), ProblemError, "square"),
        (lambda: Problem.max_cut({(0, 1): 1, (1, 0): 1}), ProblemError, r"\(0, 1\) and \(1, 0\): name every pair once"),
        (lambda: Problem.qubo({"ab": 1}), ProblemError, "'ab' is not a pair of cell numbers"),
        (lambda: Problem.qubo({(0, 1, 2): 1}), ProblemError, "is not a pair of cell numbers"),
        (lambda: Problem.qubo({(0, -1): 1}), ProblemError, "negative cell number"),
        (lambda: Problem.qubo({(0, 10**30): 1}), RangeError, "cells must be 1..262144"),
        (lambda: Problem.qubo({(0, 1): None}), ProblemError, "coupling"),
        (lambda: Problem.ising([[0, 1], [1, 0]], [1]), ProblemError, r"linear must have shape \(2,\)"),
        (lambda: Problem.ising([[0]], {3: 1}), ProblemError, r"linear must have shape \(1,\)"),
        (lambda: Problem.ising([[0, 2**29], [2**29, 0]]), RangeError, "beyond"),
        (lambda: Problem.box([[0, 1], [0, 0]]), ProblemError, r"\(0, 1\) is 1.0 but \(1, 0\) is 0.0"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([0, 1], r"shape \(..., 3\), got \(2,\)"),
        (1, r"shape \(..., 3\), got \(\)"),
        ([0, 1, 2], r"0..1, got 0..2"),
        ([0, -1, 0], r"0..1, got -1..0"),
        ([0, 1.0, 0], "must be integers, got float64"),
    ],
)
def test_states_refused(x, message):
    with pytest.raises(ProblemError, match=message):
        Problem.max_cut(nx.path_graph(3)).energy(x)


def test_methods_of_other_kinds():
    with pytest.raises(ProblemError, match=r"qubo problem has no cut: use value\(\)"):
        Problem([[0]]).cut([0])
    with pytest.raises(ProblemError, match="cells of 2 bits are no spins"):
        Problem([[0]], bits=2).spins([0])
