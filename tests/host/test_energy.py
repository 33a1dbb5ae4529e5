"""Bits, joules, and the bounds against exact entropy production."""

from itertools import product

import numpy as np
import pytest

from limulator.energy import affinity_bits, bit_J, finite_rate_bits, landauer_bits, work_bits
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


def test_the_affinity_inverts_the_update_rate():
    barrier, drive = np.meshgrid([0.0, 1.0, 5.5], [0.01, 1.0, 7.0])
    assert affinity_bits(2.0**-barrier * (1 - 2.0**-drive), barrier) == pytest.approx(drive)
    assert affinity_bits([0.5, 0.7], 1.0).tolist() == [np.inf, np.inf]


def test_finite_rate_in_the_limits():
    down, up = np.array([10.0, 3.0, 5.0, 8.0]), np.array([1.0, 4.0, 5.0, 0.0])
    continuous = [9 * np.log2(10), -np.log2(3 / 4), 0.0, np.inf]
    assert finite_rate_bits(down, up) == pytest.approx(continuous)
    assert finite_rate_bits(down[:3], up[:3], 15.0) == pytest.approx(continuous[:3], rel=1e-3)
    assert finite_rate_bits(down, up, 0.0) == pytest.approx(0.0)
    # nothing comes back: n log2((D - y) / y), averaged over y from 0 to n / 2
    assert finite_rate_bits(8.0, 0.0, 1.0) == pytest.approx(16.0)
    heights = finite_rate_bits(10.0, 1.0, np.arange(0.0, 20.0, 0.5))
    assert np.all(np.diff(heights) > 0)
    assert finite_rate_bits(1.0, 10.0, 2.0) == pytest.approx(finite_rate_bits(10.0, 1.0, 2.0))


def test_finite_rate_refuses_what_is_no_count():
    with pytest.raises(RangeError, match="got -1"):
        finite_rate_bits([3.0, -1.0], 2.0)
    with pytest.raises(RangeError, match=r"got -0\.5 bits"):
        finite_rate_bits(3.0, 2.0, -0.5)


class Ensemble:
    """The exact distribution over all states of a small problem, as the serial scan moves it."""

    def __init__(self, rng, cells, bits):
        couplings = rng.normal(size=(cells, cells)) * 3
        couplings += couplings.T
        if bits == 1:
            np.fill_diagonal(couplings, 0)
        linear = rng.normal(size=cells) * 3
        x = np.array(list(product(range(1 << bits), repeat=cells)))
        self.energy = x @ linear + (np.einsum("ki,ij,kj->k", x, couplings, x) - x @ np.diag(couplings)) / 2
        self.p = np.full(len(x), 1 / len(x))
        self.heat = self.down = self.up = 0.0
        place = {tuple(state): k for k, state in enumerate(x)}
        self.moves = [[] for _ in range(cells)]
        for state, k in place.items():
            for i, d in product(range(cells), (1, -1)):
                other = place.get((*state[:i], state[i] + d, *state[i + 1 :]))
                if other is not None:
                    self.moves[i].append((k, other))
        self.proposed = 1.0 if bits == 1 else 0.5

    def sweep(self, barrier, beta):
        for moves in self.moves:
            source, target = np.array(moves).T
            delta = self.energy[target] - self.energy[source]
            flux = self.p[source] * self.proposed * 2.0 ** -(barrier + np.maximum(0, beta * delta))
            np.subtract.at(self.p, source, flux)
            np.add.at(self.p, target, flux)
            self.heat -= beta * (flux @ delta)
            self.down += flux[delta < 0].sum()
            self.up += flux[delta > 0].sum()

    @property
    def entropy(self):
        return -(self.p * np.log2(np.where(self.p > 0, self.p, 1))).sum()


@pytest.mark.parametrize(("cells", "bits"), [(1, 1), (3, 1), (5, 1), (2, 2), (1, 3)])
@pytest.mark.parametrize("barrier", [0.0, 0.3, 1.0, 4.0])
@pytest.mark.parametrize("annealed", [True, False])
def test_entropy_production_is_never_below_the_finite_rate_bound(cells, bits, barrier, annealed):
    """Exact, by the master equation: barriers that rise, beta that rises or jumps about, several sweeps a segment."""
    rng = np.random.default_rng([cells, bits, int(10 * barrier), annealed])
    for _ in range(5):
        ensemble = Ensemble(rng, cells, bits)
        start = ensemble.entropy
        betas = rng.uniform(0, 2, 12)
        bound = 0.0
        for k, beta in enumerate(np.sort(betas) if annealed else betas):
            ensemble.sweep(barrier + 0.1 * k, beta)
            if k % 3 == 2:
                bound += finite_rate_bits(ensemble.down, ensemble.up, barrier + 0.1 * (k - 2))
                ensemble.down = ensemble.up = 0.0
        assert ensemble.heat - (start - ensemble.entropy) >= bound - 1e-9


def test_in_discrete_time_the_continuous_bound_is_none():
    """Erasure of one bit at E0 = 1 in 4 steps: a single pair of states, so that nothing hides the difference."""
    high, heat, continuous, discrete = 0.5, 0.0, 0.0, 0.0
    for k in range(1, 5):
        beta = 2.5 * k
        down, up = high / 2, (1 - high) / 2 * 2.0**-beta
        high -= down - up
        heat += beta * (down - up)
        continuous += finite_rate_bits(down, up)
        discrete += finite_rate_bits(down, up, 1.0)
    drop = 1 + high * np.log2(high) + (1 - high) * np.log2(1 - high)
    assert drop + discrete <= heat < drop + continuous
    assert (heat, drop + discrete, drop + continuous) == pytest.approx((2.1728, 1.3900, 2.4277), abs=5e-5)
