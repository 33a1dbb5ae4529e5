"""The Ising experiment: what it rests upon, and that its checks hold and would not with a wrong number."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from limulator.experiments.experiment import Setting
from limulator.experiments.ising import EXPERIMENT, SIGMAS, TARGET, Size, _torus, ferromagnet, spin_energy
from limulator.experiments.kaufman import CRITICAL_COUPLING, torus
from limulator.experiments.temperature import near_critical, temperature_of
from limulator.stages import Stage, Stages
from limulator_hdl.thresholds import THRESHOLD
from limulator_sim.schedule import walk
from simulators import needs


@pytest.fixture(scope="module")
def measured():
    sizes = [
        _torus(Setting(), near_critical(), plan, 1000 * plan.size)
        for plan in (Size(4, 400, 200, 400), Size(8, 400, 400, 300))
    ]
    return {"coupling": near_critical().coupling, "critical_coupling": CRITICAL_COUPLING, "target_J": 3e-3, "sizes": sizes}


@pytest.fixture
def numbers(measured):
    return json.loads(json.dumps(measured))


def failures(numbers):
    return [check.what for check in EXPERIMENT.checks(numbers) if not check.passed]


def test_energies_are_those_of_the_ising_model():
    problem = ferromagnet(4)
    x = np.random.default_rng(1).integers(0, 2, (20, 16))
    s = (2 * x - 1).reshape(-1, 4, 4)
    wanted = -(s * np.roll(s, 1, axis=1) + s * np.roll(s, 1, axis=2)).mean(axis=(1, 2))
    np.testing.assert_allclose(spin_energy(problem.energy(x), 16), wanted, atol=1e-15)
    assert spin_energy(problem.energy(np.zeros(16, int)), 16) == -2


def test_the_machine_is_exactly_boltzmann_near_the_critical_point():
    temperature = near_critical()
    assert temperature.coupling == pytest.approx(CRITICAL_COUPLING, rel=1e-3)
    problem, schedule = ferromagnet(8), Stages([Stage(1, temperature.beta, temperature.barrier_bits)])
    shape = problem.array_shape(beta_frac=schedule.beta_format(16))
    knobs = next(walk(shape, schedule.compile(shape)))
    assert temperature_of(shape, knobs) == (temperature.coupling, 0.0)
    # again, in rationals and from the contract: t = E0 + round(beta * delta), p = 2**-n T[f] / 2**11
    beta = Fraction(knobs.beta, 1 << shape.beta_frac)
    penalties = [knobs.barrier + int(beta * delta * 1024 + Fraction(1, 2)) for delta in (0, 2, 4)]
    zero, four, eight = (Fraction(THRESHOLD[t % 1024], 2**11 << t // 1024) for t in penalties)
    assert zero * eight == four * four
    assert temperature.coupling == pytest.approx(np.log(float(zero / four)) / 4, rel=1e-14)


def test_other_temperatures_are_not_exact():
    problem, schedule = ferromagnet(8), Stages([Stage(1, 1.2715)])
    shape = problem.array_shape(beta_frac=schedule.beta_format(16))
    coupling, inequality = temperature_of(shape, next(walk(shape, schedule.compile(shape))))
    assert coupling == pytest.approx(CRITICAL_COUPLING, rel=1e-3)
    assert 1e-6 < abs(inequality) < 3e-3


def test_checks_pass(numbers):
    assert failures(numbers) == []


def test_references_are_kaufmans(numbers):
    for row in numbers["sizes"]:
        exact = torus(row["size"], row["size"], numbers["coupling"])
        assert row["coupling"] == numbers["coupling"]
        assert row["exact_energy_J"] == exact.energy
        assert row["exact_specific_heat_k"] == exact.specific_heat


def test_chunks_are_replicas_of_their_own(numbers):
    # 400 replicas in two chunks: had they had the same seeds, the error would be that of 200
    row = numbers["sizes"][0]
    once = _torus(Setting(), near_critical(), Size(4, 200, 200, 400), 4000)
    assert row["replicas"] == 400
    assert row["sweeps"] == 400
    assert row["energy_J"][0] != once["energy_J"][0]
    assert row["energy_J"][1] == pytest.approx(once["energy_J"][1] / 2**0.5, rel=0.25)


@pytest.mark.parametrize("key", ["energy_J", "specific_heat_k", "drift_J"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_wrong_number_is_caught(numbers, key, sign):
    row = numbers["sizes"][1]
    reference = {"drift_J": 0.0} | {k: row[f"exact_{k}"] for k in ("energy_J", "specific_heat_k")}
    sigmas = 4.9 if key == "drift_J" else SIGMAS
    row[key][0] = reference[key] + sign * 1.01 * sigmas * row[key][1]
    assert len(failures(numbers)) == 1
    row[key][0] = reference[key] + sign * 0.99 * sigmas * row[key][1]
    assert failures(numbers) == []


def test_the_energy_and_the_specific_heat_are_within_four(numbers):
    allowed = {check.what.split(",")[0]: check.sigmas for check in EXPERIMENT.checks(numbers)}
    assert allowed["energy per spin"] == allowed["specific heat per spin"] == SIGMAS == 4


def test_a_temperature_that_is_none_and_too_large_an_error_are_caught(numbers):
    numbers["sizes"][0]["inequality"] = 1e-9
    numbers["target_J"] = TARGET[1]
    assert failures(numbers) == [
        "p(0) p(8J) / p(4J)^2 - 1, 4 x 4",
        "standard error of the energy, 4 x 4",
        "standard error of the energy, 8 x 8",
    ]


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)


@pytest.mark.slow
def test_the_quick_version_passes():
    assert failures(EXPERIMENT.measure(Setting())) == []


@pytest.mark.slow
def test_the_gateware_gives_the_same_numbers():
    needs("verilator")
    setting, plan = Setting(), Size(8, 20, 20, 100)
    gateware = replace(setting, backend="verilator")
    assert _torus(setting, near_critical(), plan, 0) == _torus(gateware, near_critical(), plan, 0)
