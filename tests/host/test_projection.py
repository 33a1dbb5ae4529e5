"""The projection's arithmetic, against numbers computed by hand and published ones."""

from math import log

import pytest

from limulator.energy.projection import project
from limulator.errors import RangeError

KT = 1.380649e-23 * 300


def test_brain_scale():
    brain = project(1e15, 1e28, 16)
    assert brain.lim_J == pytest.approx(4.6e8, rel=2e-3)
    assert 1e8 <= brain.lim_J <= 1e9  # arXiv 2402.14878, versions 1 and 2
    assert brain.digital_J == pytest.approx(1e17)
    assert brain.storage_J == pytest.approx(1e15 * 16 * KT * log(2))
    assert brain.operations_J == pytest.approx(1e28 * 16 * KT * log(2))
    assert brain.ratio == pytest.approx(2.18e8, rel=2e-3)
    assert brain.dominant == "operations"


def test_error_and_rate_say_the_same():
    assert project(1e9, 1e20, 8, error=0.1).lim_J == pytest.approx(project(1e9, 1e20, 8, rate=0.9).lim_J)
    assert project(1e9, 1e20, 8).affinity == pytest.approx(8 * log(2))
    assert project(1.0, 1e20, 8, rate=1e-9).affinity == pytest.approx(1e-9, rel=1e-6)  # slow updates are nearly free


def test_temperature_and_price_scale():
    cold = project(1e9, 1e20, 8, temperature_K=30, digital_J_per_operation=1e-12)
    assert cold.lim_J == pytest.approx(project(1e9, 1e20, 8).lim_J / 10)
    assert cold.digital_J == pytest.approx(1e8)


def test_storage_can_dominate():
    assert project(1e12, 1.0, 8).dominant == "parameters"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": 0.0}, "parameters=0.0"),
        ({"operations": float("inf")}, "operations=inf"),
        ({"operations": float("nan")}, "operations=nan"),
        ({"bits": 0}, "bits=0"),
        ({"bits": 2.5}, "bits=2.5"),
        ({"error": 0.0}, "error=0.0"),
        ({"error": 1.0}, "error=1.0"),
        ({"rate": 1.0}, "rate=1.0: from 1 on no energy suffices"),
        ({"rate": 0.0}, "rate=0.0"),
        ({"rate": 0.5, "error": 0.5}, "give one of them"),
        ({"temperature_K": 0.0}, "got 0.0 K"),
        ({"digital_J_per_operation": -1.0}, "digital_J_per_operation=-1.0"),
        ({"bits": 2000}, "bits must be a whole number from 1 to 1024, got bits=2000"),
        ({"bits": 10**400}, "bits must be a whole number from 1 to 1024, got bits=1000"),
        ({"bits": float("nan")}, "bits=nan"),
        ({"parameters": 1e-310}, "storage_J comes to 0.0, beyond floating point, from parameters=1e-310"),
        ({"parameters": 1.0, "operations": 1.0, "rate": 1e-320}, "operations_J comes to 0.0.*rate=1"),
        ({"parameters": 1e308, "operations": 1e308}, "storage_J comes to inf|ratio comes to|digital_J"),
        ({"temperature_K": 1e308}, "comes to inf"),
        ({"parameters": 1e-290, "operations": 1e290}, "dominance comes to inf"),
        ({"operations": 1e300, "digital_J_per_operation": 1e10}, "digital_J comes to inf"),
    ],
)
def test_what_is_out_of_range_is_named(arguments, message):
    with pytest.raises(RangeError, match=message):
        project(**{"parameters": 1e15, "operations": 1e28, **arguments})


def test_the_widest_parameter():
    assert project(1e15, 1e28, 1024).affinity == pytest.approx(1024 * log(2))


def test_printed():
    text = str(project(1e15, 1e28, 16))
    joules = ("1.00e+17", "4.59e+08", "4.59e-05", "1e+08..1e+09")
    for part in (*joules, "our derivation", "2402.14878", "operations dominate, 1e+13 times"):
        assert part in text
    assert len(text.splitlines()) == 8
