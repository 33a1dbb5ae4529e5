"""Bits, joules and Landauer's bound."""

import numpy as np
import pytest

from limulator.energy import bit_J, landauer_bits, work_bits
from limulator.errors import RangeError


def test_a_bit_in_joules():
    assert bit_J() == pytest.approx(2.871e-21, rel=1e-4)
    assert bit_J(600.0) == pytest.approx(2 * bit_J(300.0))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_is_positive_and_finite(temperature):
    with pytest.raises(RangeError, match=f"got {temperature} K"):
        bit_J(temperature)


def test_landauer_bound():
    assert landauer_bits(800, 1, 2) == 799
    assert landauer_bits(10, 8, 1) == 80
    assert landauer_bits(10, 1, 2**10) == 0


def test_first_law():
    heat, beta, energy = np.array([10.0, 4.0]), np.array([2.0, 0.5]), np.array([-3, 8])
    assert work_bits(heat, beta, energy).tolist() == [4.0, 8.0]
