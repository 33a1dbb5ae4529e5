"""The exact torus, against sums over all its states, published values and limits."""

from math import log, log1p, sqrt

import numpy as np
import pytest

from limulator.errors import RangeError
from limulator.experiments.kaufman import CRITICAL_COUPLING, torus


def enumerate_torus(rows, columns, coupling):
    """ln Z, energy and specific heat per spin, summed over all states."""
    spins = rows * columns
    s = (2 * (np.arange(1 << spins)[:, None] >> np.arange(spins) & 1) - 1).reshape(-1, rows, columns)
    energy = -(s * np.roll(s, 1, axis=1) + s * np.roll(s, 1, axis=2)).sum(axis=(1, 2))
    law = np.exp(-coupling * (energy - energy.min()))
    log_z = log(law.sum()) - coupling * energy.min()
    law /= law.sum()
    mean = law @ energy
    return log_z, mean / spins, coupling**2 * (law @ (energy - mean) ** 2) / spins


@pytest.mark.parametrize("size", [(2, 3), (3, 4), (4, 3), (4, 4)])
@pytest.mark.parametrize("coupling", [0.1, 0.43, CRITICAL_COUPLING, CRITICAL_COUPLING + 1e-9, 0.45, 1.2])
def test_small_tori_are_summed_over_all_states(size, coupling):
    for found, wanted in zip(torus(*size, coupling), enumerate_torus(*size, coupling), strict=True):
        assert found == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(
    ("size", "energy", "heat"),
    [
        # at the critical point; 16: Ferrenberg, Landau and Wong 1992, others as tabulated for tests of generators
        (8, -1.4915891074397066, 1.1455592398944086),
        (16, -1.4530648528134771, 1.4987049594000261),
        (32, -1.4336584661462483, 1.8467675900395589),
    ],
)
def test_published_values(size, energy, heat):
    found = torus(size, size, CRITICAL_COUPLING)
    assert found.energy == pytest.approx(energy, abs=1e-12)
    assert found.specific_heat == pytest.approx(heat, abs=1e-10)


def test_the_specific_heat_grows_as_the_logarithm_of_the_size():
    # Ferdinand and Fisher 1969: C / N = (8 / pi) K_c**2 ln L + 0.138149 + O(1 / L) at the critical point
    slope = 8 / np.pi * CRITICAL_COUPLING**2
    assert slope == pytest.approx(0.494538, abs=1e-6)
    half, whole = (torus(size, size, CRITICAL_COUPLING).specific_heat - slope * log(size) for size in (512, 1024))
    assert 2 * whole - half == pytest.approx(0.138149, abs=2e-6)


@pytest.mark.parametrize("coupling", [0.2, 0.4402, CRITICAL_COUPLING, 0.4412, 0.7])
def test_energy_and_specific_heat_are_the_derivatives_of_log_z(coupling):
    step, size = 1e-4, 12
    below, at, above = (torus(size, size, coupling + d) for d in (-step, 0, step))
    assert at.energy == pytest.approx(-(above.log_z - below.log_z) / (2 * step * size**2), abs=1e-6)
    curve = -(above.energy - below.energy) / (2 * step)
    assert at.specific_heat == pytest.approx(coupling**2 * curve, abs=1e-5)


def test_rows_and_columns_may_be_swapped():
    np.testing.assert_allclose(torus(6, 20, 0.43), torus(20, 6, 0.43), rtol=1e-11)


def test_cold_and_hot_tori():
    cold, hot = torus(1000, 8, 5.0), torus(32, 32, 1e-3)
    assert cold.energy == pytest.approx(-2, abs=1e-12)
    assert cold.log_z == pytest.approx(log(2) + 5.0 * 2 * 8000, rel=1e-12)
    assert hot.energy == pytest.approx(-2e-3, rel=1e-5)
    assert hot.log_z == pytest.approx(1024 * (log(2) + 2 * np.log(np.cosh(1e-3))), rel=1e-9)


def test_the_critical_coupling():
    assert pytest.approx(log1p(sqrt(2)) / 2) == CRITICAL_COUPLING
    assert np.sinh(2 * CRITICAL_COUPLING) == pytest.approx(1)


@pytest.mark.parametrize("coupling", [0.0, -0.4, float("nan"), float("inf")])
def test_a_coupling_is_positive(coupling):
    with pytest.raises(RangeError, match=f"got K={coupling}"):
        torus(4, 4, coupling)
