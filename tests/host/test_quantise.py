"""Quantisation: exact where it can be, and never further off than it says."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limulator.errors import ProblemError, RangeError
from limulator.quantise import COEFFICIENT_LIMIT, DENOMINATORS, quantise


def symmetric(value, other=0.0):
    return [[0.0, value, other], [value, 0.0, 0.0], [other, 0.0, 0.0]]


@given(st.sampled_from(DENOMINATORS), st.lists(st.integers(-(10**6), 10**6), min_size=5, max_size=5))
def test_multiples_of_a_unit_are_exact(denominator, integers):
    values = [k / denominator for k in integers]
    result = quantise(symmetric(*values[:2]), values[2:], levels=None)
    assert result.error == 0
    back = np.concatenate([result.couplings.toarray()[0, 1:], result.linear]) * result.scale
    np.testing.assert_allclose(back, values, rtol=1e-12, atol=0)


@pytest.mark.parametrize(
    ("values", "scale"),
    [((3, -7), 1.0), ((0.5, 2), 0.5), ((0.3, -0.1), 0.1), ((0.25, 0.1), 0.01), ((2**-10, 1), 2**-10), ((6, 4), 1.0)],
)
def test_the_coarsest_unit_is_used(values, scale):
    assert quantise(symmetric(*values), levels=None).scale == scale


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=5),
    st.integers(1, 1000),
)
def test_rounding_reports_its_error(values, levels):
    try:
        result = quantise(symmetric(*values[:2]), values[2:], levels=levels)
    except RangeError:
        assert max(map(abs, values[2:])) > max(map(abs, values[:2])) * (COEFFICIENT_LIMIT - 1) / (levels + 1)
        return
    assert np.abs(result.couplings.data).max(initial=0) <= levels
    off = np.abs(np.concatenate([result.couplings.toarray()[0, 1:], result.linear]) * result.scale - values).max()
    assert off <= result.scale / 2 * (1 + 1e-6) + 1e-12
    assert off == pytest.approx(result.error, abs=1e-9)


def test_the_largest_coupling_becomes_levels():
    result = quantise(symmetric(np.pi, -np.e), [1.0, 0.0, 0.0], levels=100)
    assert result.couplings.toarray()[0].tolist() == [0, 100, -87]
    assert result.linear.tolist() == [32, 0, 0]
    assert result.scale == np.pi / 100


def test_levels_bounds_exact_fits_too():
    assert quantise(symmetric(200), levels=200).scale == 1
    assert quantise(symmetric(200), levels=100).scale == 2
    assert quantise(np.zeros((1, 1)), [1 / 3], levels=10).linear.tolist() == [10]


def test_what_rounds_to_zero_is_not_stored():
    result = quantise(symmetric(1e6 / 3, 0.1))
    assert result.couplings.nnz == 2
    assert result.error == pytest.approx(0.1)


def test_numbers_of_other_types():
    assert quantise([[Fraction(1, 4)]]).scale == 0.25
    assert quantise(np.array([[True]])).couplings.toarray().tolist() == [[1]]


@pytest.mark.parametrize(
    ("couplings", "linear", "levels", "error", "message"),
    [
        (symmetric(1 / 3), None, None, ProblemError, r"coupling \(0, 1\) = 0.333.* is not an integer.* levels="),
        (symmetric(1), [0, 0, np.pi], None, ProblemError, r"linear coefficient 2 = 3.14.* levels="),
        (symmetric(np.nan), None, 127, ProblemError, r"coupling \(0, 1\) = nan is not a finite number"),
        (symmetric(1), [0, np.inf, 0], 127, ProblemError, "linear coefficient 1 = inf is not a finite number"),
        (symmetric(2**31), None, None, RangeError, r"coupling \(0, 1\) = 2147483648 is beyond"),
        (symmetric(1e-9), [1e9, 0, 0], 127, RangeError, "linear coefficient 0 .* is beyond"),
        (symmetric(5e-324), None, 127, RangeError, "beyond"),
        ([[1, 2, 3]], None, 127, ProblemError, r"square matrix, got shape \(1, 3\)"),
        ([], None, 127, ProblemError, "square matrix"),
        ([[1, 2], [3]], None, 127, ProblemError, "couplings must be real numbers"),
        ([["1"]], None, 127, ProblemError, "couplings must be real numbers"),
        ([[1j]], None, 127, ProblemError, "couplings must be real numbers"),
        ([[1]], [1, 2], 127, ProblemError, r"linear must have shape \(1,\)"),
        ([[1]], None, 0, ProblemError, "levels must be 1.*levels=0"),
    ],
)
def test_refused(couplings, linear, levels, error, message):
    with pytest.raises(error, match=message):
        quantise(couplings, linear, levels)
