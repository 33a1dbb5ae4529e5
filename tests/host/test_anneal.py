"""Solving: bookkeeping, seeds, interruption, the laws of thermodynamics, and one result on every machine."""

import dataclasses
import re
import sys
from hashlib import sha256

import networkx as nx
import numpy as np
import pytest

from limulator.anneal import check_counters, shape_for, solve
from limulator.backends import BACKENDS, Watch
from limulator.energy import Ledger
from limulator.errors import LedgerError, ProblemError, RangeError, SimulatorError
from limulator.problem import Problem
from limulator.schedule import Schedule
from limulator.stages import Stage, Stages
from limulator_hdl.formats import Shape
from limulator_sim.schedule import Segment, walk
from simulators import needs

CELLS, LANES = 12, 4
WEIGHTS = {(i, (i + step) % CELLS): 1 - i % 3 for step in (1, 5) for i in range(CELLS) if i % 3 != 1}
GRAPH = Problem.max_cut(WEIGHTS | {(i, i + 1): 1 for i in range(1, CELLS, 3)}, name="ring")
RAMP = Schedule("geometric", 300, 0.5, 8.0)


class StopAfter(Watch):
    """Stops once so many sweeps have been reported."""

    def __init__(self, sweeps, replicas=1):
        self.left = sweeps * CELLS * replicas
        self.told = 0

    def advance(self, attempts):
        self.left -= attempts
        self.told += attempts

    @property
    def stop(self):
        return self.left <= 0


def same(one, other):
    """Two outcomes, to the bit."""
    assert one.sweeps.tolist() == other.sweeps.tolist()
    assert one.log.tolist() == other.log.tolist()
    assert one.x.tolist() == other.x.tolist()
    assert one.best.tolist() == other.best.tolist()


def random_box(seed=3, cells=6, bits=4):
    rng = np.random.default_rng(seed)
    half = rng.integers(-3, 4, (cells, cells))
    return Problem.box(2 * (half + half.T), rng.integers(-20, 21, cells), bits)


@pytest.mark.parametrize("problem", [GRAPH, random_box()], ids=["max-cut", "box"])
@pytest.mark.parametrize("replicas", [1, 20])
def test_the_books_close(problem, replicas):
    result = solve(problem, RAMP, replicas=replicas)
    last_beta = [knobs.beta for knobs in walk(result.shape, result.segments)][-1] * 2.0**-result.shape.beta_frac
    assert result.complete
    assert last_beta == pytest.approx(8.0, rel=1e-3)
    for k, outcome in enumerate(result.outcomes):
        end = outcome.log[-1]
        assert end["attempts"] == 300 * problem.cells
        assert outcome.sweeps[[0, -1]].tolist() == [0, 300]
        assert end["energy"] == problem.energy(outcome.x)
        assert end["best_energy"] == problem.energy(outcome.best) <= outcome.log["energy"].min()
        assert end["energy"] - outcome.log[0]["energy"] == end["sum_down"] + end["sum_up"]
        assert result.heat_bits[k] == end["heat"] / 2**result.shape.beta_frac
        assert result.work_bits[k] == pytest.approx(result.heat_bits[k] + last_beta * end["energy"])
    assert result.best_energy == problem.energy(result.best_state) == min(o.log[-1]["best_energy"] for o in result.outcomes)


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        ("sum_up", -1, "seed 7 do not close after 300 sweeps"),
        ("energy", 3, "seed 7 do not close after [0-9]+ sweeps"),
        ("best_energy", -1, "best_energy of seed 7"),
    ],
)
def test_a_ledger_that_was_tampered_with_is_refused(name, at, said):
    result = solve(GRAPH, RAMP, replicas=2, seed=6)
    log = result.outcomes[1].log.copy()
    log[name][at] += 1
    outcomes = [result.outcomes[0], dataclasses.replace(result.outcomes[1], log=log)]
    with pytest.raises(LedgerError, match=said):
        dataclasses.replace(result, outcomes=outcomes)


def test_a_state_that_was_tampered_with_is_refused():
    result = solve(GRAPH, RAMP)
    x = result.outcomes[0].x.copy()
    x[np.flatnonzero(GRAPH.local_field(x))[0]] ^= 1
    with pytest.raises(LedgerError, match=r"^energy of seed 0"):
        dataclasses.replace(result, outcomes=[dataclasses.replace(result.outcomes[0], x=x)])


def test_landauer_bound_of_a_result():
    def bound(problem):
        return solve(problem, Schedule("constant", 1, 0.0, 1.0)).landauer_bits

    assert bound(GRAPH) == CELLS - 1  # a cut and its complement are as good
    assert bound(Problem.ising({(0, 1): 1, (1, 2): 1})) == 2
    assert bound(Problem.ising({(0, 1): 1, (1, 2): 1}, [1, 0, 0])) == 3
    assert bound(random_box(cells=6, bits=4)) == 24


@pytest.mark.parametrize("replicas", [3, 16])
def test_a_replica_is_a_run_with_its_own_seed(replicas):
    together = solve(GRAPH, RAMP, replicas=replicas, seed=5)
    assert together.seeds == list(range(5, 5 + replicas))
    for seed, outcome in list(zip(together.seeds, together.outcomes, strict=True))[:3]:
        same(solve(GRAPH, RAMP, seed=seed).outcomes[0], outcome)
    assert len({outcome.log.tobytes() for outcome in together.outcomes}) == replicas


def test_states_of_wide_cells_are_two_little_endian_bytes():
    result = solve(random_box(cells=5, bits=10), Schedule("constant", 20, 0.01, 0.01), replicas=1)
    replica = result.as_dict()["replicas"][0]
    state = bytes.fromhex(replica["state"])
    assert np.frombuffer(state, "<u2").tolist() == result.outcomes[0].x.tolist()
    assert np.frombuffer(bytes.fromhex(replica["best_state"]), "<u2").tolist() == result.outcomes[0].best.tolist()
    assert max(result.outcomes[0].x) > 255
    assert replica["state_sha256"] == sha256(state).hexdigest()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"lanes": 5}, RangeError, "lanes=5: use one of 1, 2, 3, 4, 6, 12"),
        ({"lanes": 0}, RangeError, "lanes=0"),
        ({"replicas": 0}, ProblemError, "replicas=0"),
        ({"seed": -1}, ProblemError, "seed=-1"),
        ({"replicas": 2.5}, ProblemError, "replicas=2.5"),
        ({"seed": "one"}, ProblemError, "seed='one'"),
        ({"backend": "abacus"}, SimulatorError, "'abacus': use one of fast, golden, icarus, verilator"),
        ({"temperature_K": 0.0}, RangeError, "got 0.0 K"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments, error, said):
    with pytest.raises(error, match=said):
        solve(GRAPH, RAMP, **arguments)


def test_progress_is_told_in_full():
    watch = StopAfter(10**9)
    solve(GRAPH, RAMP, replicas=3, watch=watch)
    assert watch.told == 3 * 300 * CELLS


@pytest.mark.parametrize("sweeps", [1, 7, 299])
def test_a_golden_run_stops_where_it_is_told(sweeps):
    result = solve(GRAPH, RAMP, watch=StopAfter(sweeps, 2), replicas=2, backend="golden")
    whole = solve(GRAPH, RAMP, replicas=2, backend="golden")
    assert not result.complete
    for stopped, full in zip(result.outcomes, whole.outcomes, strict=True):
        assert stopped.sweeps[-1] == sweeps
        shared = np.isin(stopped.sweeps, full.sweeps)
        assert stopped.log[shared].tolist() == full.log[np.isin(full.sweeps, stopped.sweeps)].tolist()
    assert not result.as_dict()["complete"]
    betas = [knobs.beta * 2.0**-result.shape.beta_frac for knobs in walk(result.shape, result.segments)]
    assert result.work_bits == pytest.approx(result.heat_bits + betas[sweeps - 1] * result.records["energy"])


# with 256 sweeps each is a segment; with a million a segment takes longer than the first report
@pytest.mark.parametrize(("sweeps", "at_boundary"), [(256, True), (1_000_000, False)])
def test_an_interrupted_gateware_is_an_interrupted_golden_model(sweeps, at_boundary):
    needs("icarus")
    schedule = Schedule("constant", sweeps, 1.0, 8.0)
    gateware = solve(GRAPH, schedule, backend="icarus", lanes=LANES, replicas=2, seed=9, watch=StopAfter(0))
    assert not gateware.complete
    (outcome,) = gateware.outcomes  # the second replica never began
    done = int(outcome.sweeps[-1])
    assert 0 < done < sweeps
    assert (done in np.cumsum([segment.sweeps for segment in gateware.segments])) == at_boundary
    same(outcome, solve(GRAPH, schedule, backend="golden", lanes=LANES, seed=9, watch=StopAfter(done)).outcomes[0])
    document = gateware.as_dict()
    assert (document["complete"], len(document["replicas"])) == (False, 1)
    assert document["clocks"] == outcome.clocks > 0


def test_a_run_interrupted_in_its_second_replica():
    """Each replica's work is reckoned with its own last beta, and what is drawn is what got furthest."""
    needs("icarus")
    gateware = solve(GRAPH, RAMP, backend="icarus", lanes=LANES, replicas=3, watch=StopAfter(301))
    assert not gateware.complete
    first, second = gateware.outcomes
    assert first.sweeps[-1] == 300
    done = int(second.sweeps[-1])
    assert 1 <= done <= 300
    golden = solve(GRAPH, RAMP, backend="golden", lanes=LANES, seed=1, watch=StopAfter(done))
    same(second, golden.outcomes[0])
    assert gateware.work_bits[1] == golden.work_bits[0]
    assert gateware.trace[0].tolist() == first.sweeps.tolist()


@pytest.mark.parametrize("backend", ["fast", "icarus", "verilator"])
def test_every_machine_gives_the_same_result(backend):
    needs(backend)
    golden = solve(GRAPH, RAMP, lanes=LANES, replicas=2, seed=4, backend="golden")
    gateware = solve(GRAPH, RAMP, lanes=LANES, replicas=2, seed=4, backend=backend)
    assert gateware.complete
    for one, other in zip(golden.outcomes, gateware.outcomes, strict=True):
        same(one, other)
    documents = [result.as_dict() for result in (golden, gateware)]
    for name in ("state_sha256", "counters", "best_state", "heat_bits", "work_bits"):
        assert [r[name] for r in documents[0]["replicas"]] == [r[name] for r in documents[1]["replicas"]]
    assert documents[0]["clocks"] is None
    if backend == "fast":
        assert documents[1]["clocks"] is None
    else:
        assert documents[1]["clocks"] == sum(r["clocks"] for r in documents[1]["replicas"]) > 2 * 300 * CELLS / LANES


def test_wide_cells_in_gateware():
    needs("icarus")
    problem, schedule = random_box(cells=4, bits=9), Schedule("linear", 40, 0.0, 0.05, barrier=1.0)
    same(*(solve(problem, schedule, lanes=2, backend=backend).outcomes[0] for backend in ("golden", "icarus")))


def test_backends_bear_their_names():
    assert {name: backend.name for name, backend in BACKENDS.items()} == {
        n: n for n in ("fast", "golden", "icarus", "verilator")
    }


def test_the_array_is_no_larger_than_needed():
    shape = shape_for(GRAPH, RAMP)
    assert (shape.cells, shape.lanes, shape.bits, shape.coupling_bits, shape.coupling_shift) == (CELLS, CELLS, 1, 2, 1)


@pytest.mark.parametrize(("sweeps", "least", "most"), [(3, 0.5, 4.0), (200, 0.0, 0.3)], ids=["fast", "slow"])
def test_the_second_law(sweeps, least, most):
    """<Q> >= S_i - S_f and <W> >= F_f - F_i, closely if slow, and not if fast: 4096 runs of 7 spins, enumerated."""
    rng = np.random.default_rng(2)
    upper = np.triu(rng.integers(-2, 3, (7, 7)), 1)
    problem = Problem.ising(upper + upper.T, rng.integers(-1, 2, 7))
    result = solve(problem, Schedule("linear", sweeps, 0.01, 0.25), replicas=4096, seed=100)
    states = (np.arange(128)[:, None] >> np.arange(7)) & 1
    log2_z = np.logaddexp2.reduce(-result.last_beta[0] * problem.energy(states))
    assert np.all(result.last_beta == result.last_beta[0])
    found = np.bincount(np.array([outcome.x for outcome in result.outcomes]) @ (1 << np.arange(7)), minlength=128) / 4096
    entropy = -(found[found > 0] * np.log2(found[found > 0])).sum()
    error = result.heat_bits.std() / 64 + result.work_bits.std() / 64
    for excess in (result.heat_bits.mean() - (7 - entropy), result.work_bits.mean() - (7 - log2_z)):
        assert least - 4 * error < excess < most + 4 * error


def test_a_run_that_could_overflow_a_counter_is_refused() -> None:
    shape = Shape(64, 8, bits=16, coupling_bits=4, field_bits=32, beta_frac=11)
    with pytest.raises(RangeError, match="attempts with fields up to 2147483647 could overflow a counter"):
        check_counters(shape, [Segment(0, 1, 0, 0, 1 << 31)])
    cycles = [Segment(0, beta, 0, 0, 1) for beta in (0, 2**32 - 1)] * 128
    with pytest.raises(RangeError, match="could overflow the heat counter"):
        check_counters(shape, cycles)
    check_counters(shape, [Segment(0, 0, 0, 1 << 14, 1000)])
    check_counters(Shape(800, 32, coupling_shift=1), cycles)


@pytest.mark.slow
def test_verilator_equals_golden_at_the_size_of_the_g_set() -> None:
    """800 cells, 32 lanes: a spin glass on an 80 x 10 torus, the shape of G11."""
    needs("verilator")
    torus = nx.grid_2d_graph(80, 10, periodic=True)
    rng = np.random.default_rng(11)
    for _, _, edge in torus.edges(data=True):
        edge["weight"] = int(rng.choice([-1, 1]))
    problem = Problem.max_cut(torus, name="torus-80x10")
    golden, gateware = (solve(problem, sweeps=2000, seed=3, backend=name) for name in ("golden", "verilator"))
    assert gateware.shape.lanes == 32
    for name in ("x", "best", "log", "sweeps"):
        assert (getattr(golden.outcomes[0], name) == getattr(gateware.outcomes[0], name)).all()


@pytest.mark.parametrize("backend", ["fast", "golden"])
def test_given_states_are_where_a_run_begins(backend):
    """Behind a barrier that nothing passes they are where it ends; and what is known need not be erased."""
    states = np.arange(24).reshape(2, 12) % 2
    shut = Stages([Stage(1, 0.5, 31.0)])
    result = solve(GRAPH, shut, replicas=2, initial_states=states, backend=backend)
    assert np.array_equal([outcome.x for outcome in result.outcomes], states)
    assert result.records["energy"].tolist() == [GRAPH.energy(state) for state in states]
    assert (result.start_entropy_bits, result.landauer_bits) == (0.0, 0.0)
    assert result.as_dict()["start"] == "given"
    one = solve(GRAPH, shut, replicas=2, initial_states=states[0], backend=backend)
    assert np.array_equal([outcome.x for outcome in one.outcomes], states[[0, 0]])


def test_from_given_states_the_second_law_knows_no_initial_entropy():
    """Cells held at 1 that warm up from there take heat in: <Q> >= -S_f, with S_f exact."""
    problem = Problem(np.zeros((10, 10), int), np.ones(10, int))
    states = np.zeros(10, int)
    result = solve(problem, Stages([Stage(50, 1.0)]), replicas=200, initial_states=states)
    ledger = Ledger.of(result)
    p = 1 / 3  # 2**-1 / (1 + 2**-1)
    entropy = -10 * (p * np.log2(p) + (1 - p) * np.log2(1 - p))
    assert ledger.heat_bits.value < 0
    assert ledger.entropy_drop_bits.value == pytest.approx(-entropy, abs=4.9 * ledger.entropy_drop_bits.standard_error)
    assert ledger.heat_less_bound_bits.value > 0


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([0] * 11, "x must have shape (..., 12), got (11,)"),
        ([[0] * 12] * 3, "initial_states must have shape (12,) or (2, 12), got (3, 12)"),
        ([2] + [0] * 11, "x must be 0..1, got 0..2"),
        ([0.5] * 12, "x must be integers, got float64"),
    ],
)
def test_states_that_are_none_are_refused(states, said):
    with pytest.raises(ProblemError, match=re.escape(said)):
        solve(GRAPH, RAMP, replicas=2, initial_states=states)


@pytest.mark.parametrize("backend", ["fast", "golden"])
def test_who_stops_before_the_first_sweep_gets_it(backend):
    """So that there is a ledger to show."""
    result = solve(GRAPH, RAMP, backend=backend, replicas=10, watch=StopAfter(0))
    assert not result.complete
    assert all(outcome.sweeps[-1] >= 1 for outcome in result.outcomes)
    assert np.isfinite(Ledger.of(result).heat_bits.value)


def test_a_numba_that_does_not_load(monkeypatch):
    monkeypatch.delitem(sys.modules, "limulator_sim.fast", raising=False)
    monkeypatch.setitem(sys.modules, "limulator_sim.fast", None)
    with pytest.raises(SimulatorError, match=r"cannot be loaded .* use the backend golden"):
        solve(GRAPH, RAMP, backend="fast")
