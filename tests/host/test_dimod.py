"""The dimod sampler: Ocean's interface, exact energies, Boltzmann samples, and the same on every machine."""

import doctest
import importlib
import json
import sys
import unittest

import numpy as np
import pytest

from limulator.backends import BACKENDS
from limulator.energy import bit_J
from limulator.errors import LimulatorError, ProblemError, RangeError, ScheduleError, SimulatorError

dimod = pytest.importorskip("dimod")

import limulator.dimod  # noqa: E402
from limulator.dimod import LIMSampler  # noqa: E402

FALSE_ALARM = 4.9
"""Standard errors that a mean strays by chance once in 1e6 tests."""

QUICK = {"num_sweeps": 20, "num_reads": 4, "seed": 7}


@dimod.testing.load_sampler_bqm_tests(LIMSampler)
class TestOcean(unittest.TestCase):
    """What dimod asks of every sampler; ``load_sampler_bqm_tests`` adds its cases."""

    def test_api(self):
        dimod.testing.assert_sampler_api(LIMSampler())


LABELS = ("a", 7, ("b", 2), frozenset({1}), 3.5, "z")


def frustrated(vartype="SPIN", labels=LABELS):
    """A dense model with biases that fit no unit, and an offset."""
    rng = np.random.default_rng(1)
    model = dimod.BinaryQuadraticModel(vartype)
    for i, label in enumerate(labels):
        model.add_linear(label, rng.normal())
        for other in labels[:i]:
            model.add_quadratic(label, other, rng.normal())
    model.offset = 0.7
    return model


def without_times(sampleset):
    """Everything but the clocks on the wall."""
    return {**sampleset.info, "timing": None}


def same(one, other):
    return one.variables == other.variables and np.array_equal(one.record, other.record)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_energies_are_those_of_the_model(vartype):
    model = frustrated(vartype)
    found = LIMSampler().sample(model, **QUICK)
    assert found.vartype is model.vartype
    assert list(found.variables) == list(model.variables)
    assert np.allclose(found.record.energy, model.energies(found), rtol=1e-12)
    assert np.all(np.isin(found.record.sample, list(model.vartype.value)))


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_finds_the_ground_state(vartype):
    model = frustrated(vartype, range(12))
    exact = dimod.ExactSolver().sample(model).first.energy
    assert LIMSampler().sample(model, num_reads=10, num_sweeps=300, seed=1).first.energy == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_boltzmann_samples_at_oceans_beta(vartype):
    """The mean energy of final states at constant beta, against exact enumeration; reads are independent."""
    model, beta, reads = frustrated(vartype), 0.6, 4000
    exact = dimod.ExactSolver().sample(model).record.energy
    weights = np.exp(-beta * (exact - exact.min()))
    weights /= weights.sum()
    mean = weights @ exact
    deviation = np.sqrt(weights @ (exact - mean) ** 2 / reads)
    # after 40 sweeps what is left of the start is 1e-5 of a standard error, by the exact matrix of a sweep
    found = LIMSampler().sample(
        model,
        num_reads=reads,
        num_sweeps=40,
        beta_schedule_type="constant",
        beta_range=(beta, beta),
        return_states="final",
        seed=5,
    )
    assert abs(found.record.energy.mean() - mean) < FALSE_ALARM * deviation
    assert found.info["beta_range"] == pytest.approx([beta, beta])
    best = LIMSampler().sample(
        model, num_reads=100, num_sweeps=40, beta_schedule_type="constant", beta_range=(beta, beta), seed=5
    )
    assert np.all(best.record.energy <= found.record.energy[:100])


def test_a_seed_fixes_everything():
    model = frustrated()
    one, two = (LIMSampler().sample(model, **QUICK) for _ in range(2))
    assert same(one, two)
    assert without_times(one) == without_times(two)
    assert one.info["seeds"] == [7, 8, 9, 10]
    hot = {**QUICK, "return_states": "final", "beta_range": (0.1, 0.1)}
    assert not same(*(LIMSampler().sample(model, **{**hot, "seed": seed}) for seed in (7, 107)))
    assert len(LIMSampler().sample(model, num_sweeps=5)) == 1


def test_arrays():
    """The same variables in the order of their colours are another scan, of the same model."""
    event, color, auto = (LIMSampler().sample(frustrated(), array=array, **QUICK) for array in ("event", "color", "auto"))
    assert [found.info["array"] for found in (event, color, auto)] == ["event", "color", "event"]
    assert same(event, auto)  # its fields are large
    assert event.info["counters"]["attempts"] == color.info["counters"]["attempts"]
    assert event.info["heat_bits"] != color.info["heat_bits"]
    for found in (event, color):
        assert np.allclose(frustrated().energies(found), found.record.energy)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if name not in ("golden", "icarus", "verilator")])
def test_software_machines_agree(backend):
    _assert_agree(backend)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["icarus", "verilator"])
def test_gateware_agrees(backend):
    _assert_agree(backend)


def _assert_agree(backend):
    sampler, states = LIMSampler(), dict(zip(LABELS, (1, -1, 1, 1, -1, -1), strict=True))
    for options in ({}, {"initial_states": states}):
        golden, other = (sampler.sample(frustrated(), backend=name, **QUICK, **options) for name in ("golden", backend))
        assert same(golden, other)
        differing = {"backend", "clocks", "timing"}
        assert {k: v for k, v in golden.info.items() if k not in differing} == {
            k: v for k, v in other.info.items() if k not in differing
        }
        assert other.info["backend"] == backend


def test_info_is_plain_and_adds_up():
    found = LIMSampler().sample(
        frustrated(labels=range(10)), num_reads=16, num_sweeps=200, barrier=(0.5, 2), temperature_K=4, seed=3
    )
    info = json.loads(json.dumps(found.info, allow_nan=False))
    assert info == found.info
    again = dimod.SampleSet.from_serializable(json.loads(json.dumps(found.to_serializable())))
    assert same(again, found)
    assert again.info == found.info
    assert info["barrier"] == [0.5, 2]
    assert (info["num_sweeps"], info["complete"], info["return_states"]) == (200, True, "best")
    assert np.allclose(info["heat_joule"], np.array(info["heat_bits"]) * bit_J(4))
    assert info["counters"]["attempts"] == [2000] * 16
    value, error = info["ledger"]["heat_bits"]
    assert value == pytest.approx(np.mean(info["heat_bits"]))
    assert error == pytest.approx(np.std(info["heat_bits"], ddof=1) / 4)
    # the second law, within its error
    bound, error = info["ledger"]["heat_less_bound_bits"]
    assert bound > -FALSE_ALARM * error
    assert set(info["timing"]) == {"preprocessing_ns", "sampling_ns", "postprocessing_ns"}
    # of one read there are no standard errors
    assert LIMSampler().sample(frustrated(), num_sweeps=5, seed=1).info["ledger"]["heat_bits"][1] is None


@pytest.mark.parametrize(
    ("biases", "scale"),
    [
        ((1, -2), 1),
        ((0.5, -0.25), 0.25),
        ((0.1, 0.3), 0.1),
        ((32768, 65536), 1),
        ((1e6, 1), 1e6 / 32767),
        ((np.pi, 1), np.pi / 32767),
    ],
)
def test_quantisation(biases, scale):
    model = dimod.BinaryQuadraticModel({}, {"ab": biases[0], "bc": biases[1]}, 0, "SPIN")
    info = LIMSampler().sample(model, **QUICK).info
    assert info["scale"] == pytest.approx(scale)
    if scale < 1e-3 or scale > 1:
        assert 0 < info["quantisation_error"] <= scale / 2 * (1 + 1e-6)
    else:
        assert info["quantisation_error"] == 0
    coarse = LIMSampler().sample(model, levels=3, **QUICK)
    assert max(map(abs, biases)) == pytest.approx(3 * coarse.info["scale"]) or coarse.info["quantisation_error"] == 0
    assert np.allclose(coarse.record.energy, model.energies(coarse))


def test_fields_far_above_the_couplings_are_rounded_until_they_fit():
    model = dimod.BinaryQuadraticModel({"a": 1e9 / 3, "b": 1}, {"ab": 1000 / 7}, 0, "SPIN")
    found = LIMSampler().sample(model, num_reads=4, seed=1)
    assert found.first.sample == {"a": -1, "b": 1}
    with pytest.raises(RangeError):
        LIMSampler().sample(dimod.BinaryQuadraticModel({"a": 1e30}, {"ab": 1 / 3}, 0, "SPIN"), seed=1)


def test_initial_states():
    model, sampler = dimod.BinaryQuadraticModel({"a": -1, "b": 2}, {"ab": 0.5}, 0, "BINARY"), LIMSampler()
    frozen = {"beta_range": (20, 20), "beta_schedule_type": "constant", "num_sweeps": 1, "barrier": 30, "seed": 1}
    # behind a barrier of 30 bits nothing moves, so that the initial states come back
    states = dimod.SampleSet.from_samples([{"b": 1, "a": 0}, {"b": 0, "a": 1}], "BINARY", energy=[0, 0])
    before = states.copy()
    for given in (
        states,
        [{"a": 0, "b": 1}, {"a": 1, "b": 0}],
        ([[1, 0], [0, 1]], "ba"),
        [{"a": -1, "b": 1}, {"a": 1, "b": -1}],
    ):
        found = sampler.sample(model, initial_states=given, return_states="final", **frozen)
        assert found.record.sample.tolist() == [[0, 1], [1, 0]]
    tiled = sampler.sample(model, initial_states=states, num_reads=3, initial_states_generator="tile", **frozen)
    assert tiled.record.sample.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert len(sampler.sample(model, initial_states=states, num_reads=5, **frozen)) == 5
    assert sampler.sample(model, initial_states=states, num_reads=1, **frozen).record.sample.tolist() == [[0, 1]]
    with pytest.raises(ValueError, match="insufficient"):
        sampler.sample(model, initial_states=states, num_reads=3, initial_states_generator="none")
    with pytest.raises(ValueError, match="mismatch"):
        sampler.sample(model, initial_states={"a": 1})
    assert states == before


def test_schedules():
    model, sampler = frustrated(), LIMSampler()
    custom = sampler.sample(
        model, beta_schedule_type="custom", beta_schedule=[0.1, 0.5, 2], num_sweeps_per_beta=4, num_reads=2, seed=1
    )
    assert custom.info["num_sweeps"] == 12
    assert custom.info["beta_range"] == pytest.approx([0.1, 2])
    stepped, one_by_one = (
        sampler.sample(model, beta_range=(0.1, 3), beta_schedule_type="linear", num_sweeps=n, num_sweeps_per_beta=p, seed=1)
        for n, p in ((20, 2), (20, 1))
    )
    assert stepped.info["beta_range"] == pytest.approx([0.1, 3]) == one_by_one.info["beta_range"]
    # a single sweep is at the last beta, as in Ocean
    assert sampler.sample(model, beta_range=(0.1, 3), num_sweeps=1, seed=1).info["beta_range"] == pytest.approx([3, 3])
    for curve in sampler.properties["beta_schedule_options"][:-1]:
        assert sampler.sample(model, beta_schedule_type=curve, num_sweeps=7, seed=1).info["beta_schedule_type"] == curve
    # more than an array holds, and than it needs
    integers = dimod.BinaryQuadraticModel({}, {"ab": 1}, 0, "SPIN")
    assert sampler.sample(integers, beta_range=(1, 1e6), num_sweeps=9, seed=1).first.energy == -1


def test_an_interrupt_keeps_what_was_found():
    calls = []

    def enough():
        calls.append(1)
        return len(calls) > 3

    found = LIMSampler().sample(
        frustrated(), num_reads=3, num_sweeps=1000, seed=1, interrupt_function=enough, backend="golden"
    )
    assert len(found) == len(found.info["seeds"]) == 3
    assert not found.info["complete"]
    assert 0 < found.info["counters"]["attempts"][0] < 6000
    first = LIMSampler().sample(frustrated(), seed=1, interrupt_function=lambda: True, backend="golden")
    assert first.info["counters"]["attempts"] == [6]
    assert not LIMSampler().sample(frustrated(), num_sweeps=100000, interrupt_function=lambda: True).info["complete"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_reads": 0}, ProblemError, "num_reads must be at least 1, got num_reads=0"),
        ({"seed": -1}, ProblemError, "seed must not be negative, got seed=-1"),
        ({"num_sweeps": 0}, ScheduleError, "sweeps must be 1"),
        (
            {"num_sweeps": 7, "num_sweeps_per_beta": 2},
            ScheduleError,
            "num_sweeps must be a multiple of 2, got num_sweeps=7",
        ),
        ({"num_sweeps_per_beta": 0}, ScheduleError, "num_sweeps_per_beta must be at least 1"),
        ({"beta_range": (1, 2, 3)}, ScheduleError, r"beta_range must be two numbers, got beta_range=\(1, 2, 3\)"),
        ({"beta_range": (-1, 2)}, ScheduleError, "beta_min must be finite and not negative"),
        ({"beta_range": (0, 2)}, ScheduleError, "use linear"),
        ({"beta_range": (np.nan, 2)}, ScheduleError, "beta_min must be finite"),
        ({"beta_schedule_type": "cubic"}, ScheduleError, "no schedule named 'cubic'"),
        ({"beta_schedule_type": "custom"}, ScheduleError, "give beta_schedule"),
        ({"beta_schedule": [1, 2]}, ScheduleError, "beta_schedule needs beta_schedule_type='custom'"),
        ({"beta_schedule_type": "custom", "beta_schedule": [[1]]}, ScheduleError, "one-dimensional"),
        ({"beta_schedule_type": "custom", "beta_schedule": [1, np.nan]}, ScheduleError, "beta must be finite"),
        ({"beta_schedule_type": "custom", "beta_schedule": [1], "num_sweeps": 3}, ScheduleError, "got num_sweeps=3"),
        (
            {"beta_schedule_type": "custom", "beta_schedule": [1], "beta_range": (1, 2)},
            ScheduleError,
            "leave one of them out",
        ),
        ({"barrier": 32}, ScheduleError, "barrier must be 0 <= E0 < 32"),
        ({"barrier": (1, 2, 3)}, ScheduleError, "barrier must be a number, or the first and the last"),
        ({"levels": 0}, ProblemError, "levels=0"),
        ({"lanes": 4}, RangeError, "lanes must divide the 6 cells"),
        ({"array": "wide"}, ProblemError, "array must be one of event, color, deep, auto"),
        ({"backend": "gpu"}, SimulatorError, "no backend named 'gpu'"),
        ({"return_states": "worst"}, ProblemError, "got return_states='worst'"),
        ({"temperature_K": 0}, RangeError, "temperature must be positive"),
    ],
)
def test_refused(options, error, message):
    with pytest.raises(error, match=message) as caught:
        LIMSampler().sample(frustrated(), **options)
    assert isinstance(caught.value, LimulatorError)


def test_biases_that_are_none():
    with pytest.raises(ProblemError, match="not a finite number"):
        LIMSampler().sample_ising({"a": np.inf}, {"ab": 1})


def test_unknown_arguments_are_ignored_with_dimods_warning():
    with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="randomize_order"):
        LIMSampler().sample(frustrated(), randomize_order=True, num_sweeps=3)


def test_arguments_are_those_of_the_annealer_that_it_replaces():
    theirs = pytest.importorskip("dwave.samplers").SimulatedAnnealingSampler()
    ours = LIMSampler()
    assert set(theirs.parameters) - set(ours.parameters) == {"randomize_order", "proposal_acceptance_criteria"}
    model = frustrated(labels=range(12))
    options = {"num_reads": 5, "num_sweeps": 100, "beta_range": (0.1, 5), "seed": 3, "beta_schedule_type": "linear"}
    assert ours.sample(model, **options).first.energy == pytest.approx(theirs.sample(model, **options).first.energy)
    assert ours.sample(model, (0.1, 5), 5, 100, 1, "linear", 3).first == ours.sample(model, **options).first


def test_composites():
    tracking = dimod.TrackingComposite(LIMSampler())
    model = frustrated()
    assert same(tracking.sample(model, **QUICK), LIMSampler().sample(model, **QUICK))
    assert tracking.input["num_sweeps"] == 20
    structured = dimod.StructureComposite(LIMSampler(), "abc", ["ab", "bc"])
    assert structured.sample_ising({}, {"ab": 1, "bc": 1}, **QUICK).first.energy == -2
    polynomial = dimod.HigherOrderComposite(LIMSampler()).sample_hising({}, {"abc": -1}, num_reads=20, seed=1)
    assert polynomial.first.energy == -1


def test_preprocessing_composites():
    composites = pytest.importorskip("dwave.preprocessing").composites
    model = frustrated()
    exact = dimod.ExactSolver().sample(model).first.energy
    for composite in (
        composites.SpinReversalTransformComposite(LIMSampler(), seed=2),
        composites.ScaleComposite(LIMSampler()),
        composites.ConnectedComponentsComposite(LIMSampler()),
    ):
        assert composite.sample(model, num_reads=10, seed=1).first.energy == pytest.approx(exact)


def test_empty_models():
    for vartype in ("SPIN", "BINARY"):
        empty = LIMSampler().sample(dimod.BinaryQuadraticModel({}, {}, 2.5, vartype), num_reads=3)
        assert empty.record.energy.tolist() == [2.5] * 3
    # variables without a bias
    free = LIMSampler().sample(dimod.BinaryQuadraticModel({"a": 0, "b": 0}, {}, 1, "SPIN"), num_reads=3, seed=1)
    assert free.record.energy.tolist() == [1] * 3


def test_the_example_in_the_documentation():
    assert doctest.testmod(limulator.dimod) == (0, 2)


def test_without_dimod(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("limulator.dimod")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dimod", None)
    with pytest.raises(ImportError, match=r"pip install 'limulator\[dimod\]'"):
        importlib.import_module("limulator.dimod")
