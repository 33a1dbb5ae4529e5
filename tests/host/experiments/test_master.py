"""The master equation, against the gate itself, a matrix product and the golden model."""

import numpy as np
import pytest

from limulator import Problem, solve
from limulator.energy.free_energy import log2_partition
from limulator.experiments.master import acceptance, ideal_acceptance, solve_master
from limulator.stages import Stage, Stages
from limulator_hdl.formats import Shape
from limulator_sim.gate import accepts
from limulator_sim.schedule import Knobs

SHAPE = Shape(cells=1)
TRIANGLE = Problem([[0, 2, -1], [2, 0, 3], [-1, 3, 0]], [1, -2, -1])


@pytest.mark.parametrize(
    ("barrier", "beta", "delta"), [(0, 0, 5), (0, 5000, 1), (700, 1234, 2), (100, 9999, -3), (2047, 4095, 1)]
)
def test_acceptance_is_the_share_of_the_words_that_open_the_gate(barrier, beta, delta):
    knobs = Knobs(barrier, beta, 0, True)
    climb = max(delta, 0) * beta
    penalty = barrier + (climb + (1 << (SHAPE.product_shift - 1)) >> SHAPE.product_shift)
    # four leading bits of the run and all mantissas: enough for penalties below 3 bits
    words = [run << 28 | mantissa << 1 for run in range(16) for mantissa in range(1024)]
    assert penalty < 3 << 10
    share = sum(accepts(word, penalty) for word in words) / len(words)
    assert acceptance(SHAPE, knobs, delta) == share
    assert ideal_acceptance(SHAPE, knobs, delta) == pytest.approx(share, rel=9e-4)


def test_nothing_passes_from_21_bits_on():
    assert acceptance(SHAPE, Knobs(20 << 10, 0, 0, True), 0) == 2.0**-20
    assert acceptance(SHAPE, Knobs(21 << 10, 0, 0, True), 0) == 0
    assert acceptance(SHAPE, Knobs(0, 1 << 15, 0, True), 1000) == 0


def test_one_cell_by_hand():
    # one sweep at beta = 1, E0 = 1, from even odds: 1 -> 0 with 1/2, 0 -> 1 with 1/4
    schedule = Stages([Stage(1, 1.0, 1.0)])
    problem = Problem([[0]], [1])
    shape = problem.array_shape(beta_frac=schedule.beta_format(16))
    found = solve_master(shape, problem, schedule.compile(shape))
    assert found.law.tolist() == [0.625, 0.375]
    assert found.work_bits == 0.5  # charged to 1 bit with even odds
    assert found.heat_bits == 0.25 - 0.125
    assert found.down.tolist() == [0.25]
    assert found.up.tolist() == [0.125]
    assert found.log2_mean == np.log2(0.75)


@pytest.mark.parametrize("barrier", [0.0, 0.7])
def test_the_thermal_law_is_stationary_and_the_jarzynski_equality_exact(barrier):
    beta, sweeps = 0.4, 300
    schedule = Stages([Stage(sweeps, beta / sweeps, barrier, beta, barrier), Stage(300, beta, barrier)])
    shape = TRIANGLE.array_shape(beta_frac=schedule.beta_format(16))
    segments = schedule.compile(shape)
    found = solve_master(shape, TRIANGLE, segments, ideal=True)
    used = (segments[-1].beta >> shape.beta_guard) * 2.0**-shape.beta_frac
    thermal = log2_partition(TRIANGLE, [used])
    energy = TRIANGLE.energy(np.arange(8)[:, None] >> np.arange(3) & 1)
    np.testing.assert_allclose(found.law, np.exp2(-used * energy - thermal.log2_z), rtol=1e-4)
    assert found.log2_mean == pytest.approx(thermal.log2_z[0] - 3, abs=1e-4)
    assert found.entropy_bits == pytest.approx(thermal.entropy_bits[0], abs=1e-4)
    assert found.work_bits == pytest.approx(found.heat_bits + used * found.law @ energy, abs=1e-12)


def test_the_golden_model_does_as_the_master_equation_says():
    schedule = Stages([Stage(5, 0.2, 0.3, 1.0, 0.6), Stage(3, 1.5)])
    replicas = 20_000
    result = solve(TRIANGLE, schedule, replicas=replicas)
    exact = solve_master(result.shape, TRIANGLE, result.segments)
    states = np.array([outcome.x for outcome in result.outcomes]) @ [1, 2, 4]
    share = np.bincount(states, minlength=8) / replicas
    np.testing.assert_array_less(np.abs(share - exact.law), 4.9 * np.sqrt(exact.law / replicas))
    for samples, mean in (
        (result.work_bits, exact.work_bits),
        (result.heat_bits, exact.heat_bits),
        (result.records["down"], exact.down.sum()),
        (result.records["up"], exact.up.sum()),
    ):
        assert samples.mean() == pytest.approx(mean, abs=4.9 * samples.std() / replicas**0.5)
