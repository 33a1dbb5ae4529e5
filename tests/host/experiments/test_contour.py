import copy

import numpy as np
import pytest

from limulator.anneal import shape_for
from limulator.experiments.contour import (
    BETA,
    BITS,
    EXPERIMENT,
    GATE_SHIFT,
    LEARN,
    MINIMUM,
    _thermal_bits,
    bowl,
    state_of,
    walk_law,
)
from limulator.experiments.experiment import Setting
from limulator.experiments.master import acceptance, ideal_acceptance
from limulator.stages import Stage, Stages
from limulator_sim.schedule import walk


def test_quick_version_passes(numbers):
    assert [check.what for check in EXPERIMENT.checks(numbers) if not check.passed] == []
    assert all(len(row) == len(table.columns) for table in EXPERIMENT.tables(numbers) for row in table.rows)
    assert len(EXPERIMENT.figures(numbers)) == 2


def test_the_bowl():
    problem = bowl()
    x = np.indices((1 << BITS, 1 << BITS)).reshape(2, -1).T
    away = x - np.array(MINIMUM)
    objective = away[:, 0] ** 2 + away[:, 0] * away[:, 1] + away[:, 1] ** 2
    assert np.all(np.abs(problem.value(x) - objective) < 1)
    assert tuple(x[np.argmin(problem.energy(x))]) == MINIMUM


def test_what_the_rounding_of_the_gate_does():
    """Means in the laws that the machine's acceptances and the ideal ones leave as they are, 24 steps around W*."""
    problem, schedule = bowl(), Stages(LEARN)
    shape = shape_for(problem, schedule)
    knobs = next(walk(shape, schedule.compile(shape)))
    x = np.stack(np.meshgrid(*(np.arange(w - 24, w + 25) for w in MINIMUM), indexing="ij"), axis=-1)
    energy, bits = problem.energy(x), BETA * problem.value(x)
    means = []
    for probability in (acceptance, ideal_acceptance):
        law = np.full(energy.shape, 1 / energy.size)
        up, down = ([probability(shape, knobs, s * np.diff(energy, axis=k)) / 2 for k in (0, 1)] for s in (1, -1))
        for _ in range(3000):
            for k in (0, 1):
                flux = np.delete(law, -1, k) * up[k] - np.delete(law, 0, k) * down[k]
                law = law - np.diff(flux, axis=k, prepend=0, append=0)
        means.append((law * bits).sum())
    assert means[1] == pytest.approx(_thermal_bits(problem), rel=1e-9)
    assert 0 < means[0] / means[1] - 1 < GATE_SHIFT


def test_energy_tells_the_state():
    x = np.indices((1 << BITS, 1 << BITS)).reshape(2, -1).T
    assert np.array_equal(state_of(bowl().energy(x)), x)


def test_records_tell_where_a_run_is():
    result = Setting(seed=5).solve(bowl(), Stages([*LEARN[:3], Stage(5, 0.0, 1.0)]), replicas=20)
    states = state_of(result.trace[1]["energy"])
    assert np.array_equal(states[:, -1], [outcome.x for outcome in result.outcomes])


def test_learning_is_the_same_in_both_arms(numbers):
    high, low = numbers["arms"]
    for learned, kept, leaked in zip(numbers["learning"], high["paths"], low["paths"], strict=True):
        assert learned[-1] == kept[0] == leaked[0]


def test_free_walk_spreads_by_its_rate_and_fills_the_box():
    law = walk_law(0.5, 40)
    x = np.arange(1 << BITS)
    assert law[128] @ (x - 128) ** 2 == pytest.approx(20)
    assert law.sum(axis=1) == pytest.approx(1)
    # a box of 256 is filled in some 256**2 sweeps
    assert walk_law(1.0, 1 << 20) == pytest.approx(1 / 256, rel=1e-6)


def test_walls_turn_steps_into_nothing():
    law = walk_law(0.5, 1)
    assert law[0, :3] == pytest.approx([0.75, 0.25, 0])
    assert law[255, 253:] == pytest.approx([0, 0.25, 0.75])


def test_they_stay_and_they_leak(numbers):
    high, low = (arm["points"][-1] for arm in numbers["arms"])
    assert high["distance2"] < 12
    assert low["distance2"] > 2000


@pytest.mark.parametrize(("arm", "key", "factor"), [(0, "kept", 0.8), (1, "distance2", 1.4), (0, "distance2", 1.1)])
def test_a_wrong_number_fails(numbers, arm, key, factor):
    wrong = copy.deepcopy(numbers)
    wrong["arms"][arm]["points"][-1][key] *= factor
    assert any(not check.passed for check in EXPERIMENT.checks(wrong))


def test_what_is_not_thermal_fails(numbers):
    assert not EXPERIMENT.checks({**numbers, "learned_bits": 2 * numbers["learned_bits"]})[0].passed
