"""Co-simulation: the generated Verilog against the golden model in Icarus and in Verilator, with the same bench."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cosim.bus_master import ANSWER_CLOCKS, ProtocolError, WishboneRules
from cosim.cases import COUPLINGS, ROUNDING, SCHEDULES, TIES, TIES_PENALTY, TIES_SEED, limit, make
from cosim.graphs import hub_graph
from cosim.running import failures, need
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.fanout import GROUP
from limulator_hdl.formats import PENALTY_FRAC, RUN_BITS, Shape
from limulator_hdl.generate import generate_verilog
from limulator_hdl.graph import Graph
from limulator_hdl.quad import COMMON_BITS, LANES
from limulator_hdl.thresholds import THRESHOLD
from limulator_sim.quad_noise import generator_states, lane_draw, quad_step

BOTH = ("icarus", "verilator")

# Few segments keep the memories small. 36 consecutive cases meet every kind of couplings with every kind of schedule.
SHAPES: list[tuple[tuple[str, ...], Shape, Sequence[int]]] = [
    (BOTH, Shape(cells=1, segments=4), range(9)),
    (("icarus",), Shape(cells=2, lanes=2, coupling_bits=3, segments=2, beta_bits=9), range(9, 18)),
    (BOTH, Shape(cells=3, bits=2, coupling_bits=4, beta_frac=11, segments=16), range(18, 24)),
    (("icarus",), Shape(cells=3, lanes=3, bits=8, coupling_bits=8, field_bits=17, segments=16), range(24, 27)),
    (
        BOTH,
        Shape(cells=7, lanes=7, bits=4, coupling_bits=5, coupling_shift=2, beta_frac=20, segments=16),
        range(27, 31),
    ),
    (("icarus",), Shape(cells=7, coupling_bits=2, coupling_shift=1, beta_bits=32, segments=5), range(31, 36)),
    (BOTH, Shape(cells=16, lanes=4, bits=2, coupling_bits=4, field_bits=8, segments=16), (0, 1, 2, ROUNDING)),
    (("icarus",), Shape(cells=16, lanes=2, coupling_bits=7, beta_frac=14, segments=16), range(3, 6)),
    (BOTH, Shape(cells=33, lanes=11, bits=1, coupling_bits=3, coupling_shift=1, segments=16), range(6, 8)),
    (BOTH, Shape(cells=64, lanes=8, coupling_shift=1, segments=16), range(8, 10)),
    # as many windows as the reciprocal takes clocks, and more: it is then made serially
    (("icarus",), Shape(cells=17, bits=2, coupling_bits=3, segments=16), range(9)),
    (BOTH, Shape(cells=40, lanes=2, coupling_bits=3, segments=16), range(4)),
]

SLOW: list[tuple[tuple[str, ...], Shape, Sequence[int]]] = [
    (BOTH, Shape(cells=2, bits=8, coupling_bits=8, coupling_shift=1, segments=1), range(36)),
    (BOTH, Shape(cells=3, lanes=3, bits=4, segments=16), range(36)),
    (BOTH, Shape(cells=7, lanes=7, bits=1, coupling_bits=8, beta_frac=30, beta_bits=20, segments=16), range(36)),
    (BOTH, Shape(cells=7, bits=16, lanes=1, coupling_bits=3, segments=16), (2, 11)),
    (BOTH, Shape(cells=16, lanes=16, bits=2, coupling_bits=6, coupling_shift=2, segments=16), range(18)),
    (BOTH, Shape(cells=33, lanes=3, bits=4, coupling_bits=5, segments=16), range(12)),
    (BOTH, Shape(cells=33, lanes=33, bits=1, coupling_bits=2, segments=16), range(12)),
    (BOTH, Shape(cells=64, lanes=16, bits=2, coupling_bits=4, coupling_shift=1, beta_frac=13), range(9)),
    (("verilator",), Shape(cells=64, lanes=8, bits=8, coupling_bits=8, segments=16), range(9)),
    (("verilator",), Shape(cells=64, lanes=1, bits=1, coupling_bits=8, segments=16), range(9)),
]

LONELY = ColorShape(cells=GROUP + 3, lanes=GROUP + 3, degree=1, segments=4, beta_bits=9, beta_frac=11)
TRIANGLE = ColorShape(cells=3, degree=2, coupling_bits=3, segments=16)
COUNTED = ColorShape(cells=15, lanes=3, degree=7, levels=7, segments=16)
ADDED = ColorShape(cells=12, lanes=4, degree=9, coupling_bits=4, levels=40, segments=16)
LONG_ROWS = ColorShape(cells=20, lanes=1, degree=18, levels=20, coupling_shift=1, field_bits=8, beta_frac=14, segments=4)
TORUS = ColorShape(cells=16, lanes=4, coupling_shift=2, field_shift=1, segments=16)
DEEP = ColorShape(cells=16, lanes=4, deep=1, segments=16)
FREE = ColorShape(cells=160, lanes=32, degree=1, segments=4)
TALL = ColorShape(cells=48, lanes=6, coupling_shift=1, field_shift=1, levels=3, deep=1, segments=16)

PAIRS = ColorShape(cells=24, lanes=6, degree=5, levels=5, segments=16, compact=1)
SMALL = ColorShape(cells=80, lanes=10, coupling_shift=1, field_shift=1, deep=1, segments=70, compact=1)

COLOR: list[tuple[tuple[str, ...], ColorShape, Sequence[int], Graph]] = [
    # one window, of more lanes than a group has
    (("icarus",), LONELY, range(4, 7), Graph.of(LONELY.cells, [], [3, GROUP + 1])),
    (("icarus",), TRIANGLE, range(9, 13), Graph.of(3, [(0, 1), (1, 2), (2, 0)])),
    (BOTH, COUNTED, (*range(18, 21), ROUNDING), hub_graph(COUNTED, empty=[5, 11, 14])),
    (("icarus",), ADDED, range(22, 24), hub_graph(ADDED, empty=[7])),
    (("icarus",), LONG_ROWS, range(26, 28), hub_graph(LONG_ROWS)),
    (("icarus",), TORUS, range(30, 33), Graph.torus(4, 4)),
    (("icarus",), DEEP, range(33, 36), Graph.torus(4, 4)),
    (BOTH, FREE, (TIES,), Graph.of(FREE.cells, [])),
    (("verilator",), TALL, range(3), Graph.torus(6, 8)),
    (("icarus",), PAIRS, (*range(3, 5), ROUNDING), hub_graph(PAIRS, empty=[5, 11])),
    (BOTH, SMALL, range(6, 8), Graph.torus(10, 8)),
]

HUB = ColorShape(cells=72, lanes=12, degree=20, coupling_bits=3, coupling_shift=2, levels=160, segments=16)
WIDER = ColorShape(cells=128, lanes=16, degree=6, coupling_shift=3, levels=30, segments=16, beta_frac=16)
BROAD = ColorShape(cells=4 * GROUP + 8, lanes=GROUP + 2, levels=4, deep=1, segments=16)
NARROW = ColorShape(
    cells=3 * GROUP + 9, lanes=GROUP + 3, degree=5, field_bits=4, levels=5, segments=16, beta_bits=20, beta_frac=30
)
SQUARE = ColorShape(cells=64, lanes=8, coupling_shift=1, deep=1, segments=16, beta_bits=12)
G11 = [ColorShape(cells=800, lanes=lanes, segments=16) for lanes in (200, 400)]
G11_DEEP = ColorShape(cells=800, lanes=100, deep=1, segments=16)

SLOW_COLOR: list[tuple[tuple[str, ...], ColorShape, Sequence[int], Graph]] = [
    (BOTH, TRIANGLE, range(36), Graph.of(3, [(0, 1), (1, 2), (2, 0)])),
    (BOTH, TALL, range(36), Graph.torus(6, 8)),
    (BOTH, HUB, range(12), hub_graph(HUB, others=5, empty=[11, 35, 71])),
    (BOTH, WIDER, range(9), hub_graph(WIDER, others=4)),
    (BOTH, NARROW, (*range(9, 18), ROUNDING), hub_graph(NARROW, others=3, empty=[GROUP + 1, 2 * GROUP + 5])),
    (BOTH, BROAD, range(3, 9), Graph.torus(GROUP + 2, 4)),
    (BOTH, SQUARE, range(18, 30), Graph.torus(8, 8)),
    *((("verilator",), shape, range(9), Graph.torus(100, 8)) for shape in G11),
    (("verilator",), G11_DEEP, range(9), Graph.torus(100, 8)),
]


def _named(shape: Shape) -> str:
    kind = (
        ""
        if not isinstance(shape, ColorShape)
        else f"D{shape.degree}f{shape.field_shift}" + "deep" * shape.deep + "compact" * shape.compact
    )
    return f"N{shape.cells}L{shape.lanes}{kind}b{shape.bits}q{shape.coupling_bits}s{shape.coupling_shift}"


ARRAYS = [(*array, None) for array in SHAPES] + COLOR
SLOW_ARRAYS = [(*array, None) for array in SLOW] + SLOW_COLOR

RUNS = [
    pytest.param(simulator, shape, list(cases), graph, id=f"{simulator}-{_named(shape)}", marks=marks)
    for arrays, marks in ((ARRAYS, ()), (SLOW_ARRAYS, (pytest.mark.slow,)))
    for simulators, shape, cases, graph in arrays
    for simulator in simulators
]


@pytest.mark.parametrize(("simulator", "shape", "cases", "graph"), RUNS)
def test_the_array_follows_the_golden_model(
    simulator: str, shape: Shape, cases: list[int], graph: Graph | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(simulator, monkeypatch)
    found = failures(simulator, generate_verilog(shape, graph), shape, cases, tmp_path, graph=graph)
    assert not found, "\n\n".join(f"{name}: {message}" for name, message in found.items())


def test_common_bits_decide_some_attempts() -> None:
    n, f = divmod(TIES_PENALTY, 1 << PENALTY_FRAC)
    threshold, ties = THRESHOLD[f] << RUN_BITS - n, []
    states = generator_states(TIES_SEED, FREE.lanes)
    for _ in range(make(FREE, TIES).sweeps * FREE.windows):
        common = lane_draw(states[-1][1], 0)
        draws = (lane_draw(state[1], lane) for state in states[:-1] for lane in range(LANES))
        ties += [common < threshold % (1 << COMMON_BITS) for draw in draws if draw == threshold >> COMMON_BITS]
        states = [quad_step(state) for state in states]
    assert (ties.count(True), ties.count(False)) == (3, 3)


@pytest.mark.parametrize(
    ("shape", "graph"), [pytest.param(shape, graph, id=_named(shape)) for _, shape, _, graph in ARRAYS + SLOW_ARRAYS]
)
def test_cases_fit_their_shape(shape: Shape, graph: Graph | None) -> None:
    reached = []
    for number in range(36):
        case = make(shape, number, graph)
        assert (case.couplings == case.couplings.T).all()
        stored, rest = np.divmod(case.couplings, 1 << shape.coupling_shift)
        assert not rest.any()
        assert abs(stored).max() <= shape.q_max
        assert 1 <= len(case.segments) <= shape.segments
        # g_i, and g_i - Q_ii as a step down reads it, over the whole box
        high = case.linear + shape.x_max * np.maximum(case.couplings, 0).sum(axis=1)
        low = case.linear + shape.x_max * np.minimum(case.couplings, 0).sum(axis=1)
        diagonal = case.couplings.diagonal()
        widest = max(abs(value).max() for value in (high, low, high - diagonal, low - diagonal))
        assert widest <= limit(shape)
        reached.append(widest == limit(shape))
        assert make(shape, number, graph).segments == case.segments
        if graph:
            assert all(set(row.nonzero()[0]) <= set(graph.neighbours[i]) for i, row in enumerate(case.couplings))
    assert sum(reached) >= 36 // len(COUPLINGS)
    assert len(SCHEDULES) * len(COUPLINGS) == 36


IDLE = {"rst": "0", "cyc": "0", "stb": "0", "we": "0", "ack": "0", "err": "0", "dat_r": "0"}
READ = IDLE | {"cyc": "1", "stb": "1"}
WRITE = READ | {"we": "1"}
RESETTING = {"rst": "1"}
RESET = IDLE | RESETTING
ACK, ERR = {"ack": "1"}, {"err": "1"}


def _judge(trace: list[dict[str, str]]) -> None:
    rules = WishboneRules()
    for sample in trace:
        rules.sample(**sample)


@pytest.mark.parametrize(
    "trace",
    [
        pytest.param([RESET, IDLE, READ, READ | ACK, IDLE, WRITE, WRITE | ERR, IDLE], id="one by one"),
        pytest.param([RESET, IDLE, *[READ, READ | ACK] * 3, *[WRITE, WRITE | ACK] * 3, IDLE], id="back to back"),
        pytest.param([RESET, IDLE, *[READ] * ANSWER_CLOCKS, READ | ACK, IDLE], id="as late as may be"),
        pytest.param([RESET, IDLE, *[READ] * 3, IDLE, *[READ] * ANSWER_CLOCKS, IDLE], id="abandoned"),
        pytest.param([RESET, IDLE, *[READ] * 3, READ | RESETTING, IDLE], id="reset during an access"),
        pytest.param([RESET, IDLE, WRITE, WRITE | ACK | {"dat_r": "X"}, IDLE], id="unknown data with a write"),
        pytest.param([RESET, IDLE, WRITE, WRITE | ERR | {"dat_r": "X"}, IDLE], id="unknown data with an error"),
        pytest.param([RESET, IDLE, IDLE | {"cyc": "1"}, READ, READ | ACK, IDLE], id="cyc before stb"),
    ],
)
def test_the_checker_accepts_a_proper_slave(trace: list[dict[str, str]]) -> None:
    _judge(trace)


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        pytest.param([RESET, IDLE, READ, READ | ACK | ERR], "at once", id="ack and err"),
        pytest.param([RESET, IDLE, IDLE | ACK], "without a request", id="ack when idle"),
        pytest.param([RESET, IDLE, IDLE | ERR], "without a request", id="err when idle"),
        pytest.param([RESET, IDLE, READ | ACK | {"stb": "0"}], "without a request", id="ack without stb"),
        pytest.param([RESET, IDLE, READ | ACK | {"cyc": "0"}], "without a request", id="ack without cyc"),
        pytest.param([RESET, IDLE, READ, READ, IDLE | ACK], "without a request", id="ack after an abandoned access"),
        pytest.param([RESET, IDLE, READ, READ | ACK, READ | ACK], "more than one clock", id="long ack"),
        pytest.param([RESET, IDLE, WRITE, WRITE | ERR, WRITE | ERR], "more than one clock", id="long err"),
        pytest.param([RESET, IDLE, WRITE, WRITE | ERR, WRITE | ACK], "more than one clock", id="err, then ack"),
        pytest.param([RESET, IDLE, READ, READ | ACK | {"dat_r": "01X"}], "unknown data", id="unknown data"),
        pytest.param([RESET, IDLE, READ, READ | ACK | {"dat_r": "0Z1"}], "unknown data", id="floating data"),
        pytest.param([RESET, IDLE, READ, READ | {"ack": "X"}], "unknown control", id="unknown ack"),
        pytest.param([RESET, IDLE, IDLE | {"err": "Z"}], "unknown control", id="floating err"),
        pytest.param([RESET, IDLE, *[READ] * (ANSWER_CLOCKS + 1)], "no answer", id="late"),
        pytest.param([RESET, IDLE, READ, READ | ACK, *[WRITE] * (ANSWER_CLOCKS + 1)], "no answer", id="late again"),
        pytest.param([RESET, READ | RESETTING | ACK], "in reset", id="ack in reset"),
        pytest.param([RESET, READ | ACK], "after it", id="ack in the clock after reset"),
    ],
)
def test_the_checker_finds_a_broken_slave(trace: list[dict[str, str]], message: str) -> None:
    _judge(trace[:-1])
    with pytest.raises(ProtocolError, match=message):
        _judge(trace)
