"""Does the bench see a bug? Mutants of the gateware, one mistake each, must fail it by a comparison or a refusal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cosim.cases import ROUNDING
from cosim.color_mutants import COLOR_MUTANTS
from cosim.mutant import PAUSES, STOPS, STRAIGHT, Mutant
from cosim.running import failures, need
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from planting import plant

INTEGER = Shape(cells=6, lanes=3, bits=2, coupling_bits=4, segments=8)
WIDE = Shape(cells=16, lanes=4, bits=1, segments=1)
LONG = Shape(cells=17, lanes=1, bits=1, coupling_bits=3, segments=8)

MUTANTS = [
    Mutant("noise: wrong tap", "noise.py", "z << component.tap", "z << component.tap + 1"),
    Mutant("noise: drawn during a stall", "attempts.py", "noise.draw.eq(en & ", "noise.draw.eq("),
    Mutant("lanes in the wrong order", "attempts.py", "prepared.lanes[lane]", "prepared.lanes[lane - 1]"),
    Mutant("a step down as one up in the fields", "array.py", "fields.minus.eq(minus)", "fields.minus.eq(0)"),
    Mutant("the wrong sign of a step", "array.py", "(first & down).any()", "(first & ~down).any()"),
    Mutant(
        "stale fields after a step",
        "array.py",
        "[comparing.eq(1), attempts.take.eq(1)]",
        "[comparing.eq(0), attempts.take.eq(1)]",
    ),
    Mutant("the next window's words after a step", "array.py", "attempts.back.eq(1)", "attempts.back.eq(0)"),
    Mutant(
        "lanes before a step evaluated again",
        "array.py",
        "~(stepping ^ (stepping - 1))",
        "~stepping",
    ),
    Mutant("lanes after a step dropped", "array.py", "~(stepping ^ (stepping - 1))", "0"),
    Mutant(
        "the last accepted lane of a window steps",
        "array.py",
        "first.eq(accepted & -accepted)",
        "first.eq(accepted & ~(accepted >> 1))",
    ),
    Mutant(
        "x written to the next window",
        "array.py",
        "Mux(running, at, offset_window)",
        "Mux(running, after, offset_window)",
    ),
    Mutant(
        "no step where delta equals the allowance",
        "array.py",
        "~out & ~room[-1]",
        "~out & (room > 0)",
    ),
    Mutant(
        "no void attempts at x = 0",
        "array.py",
        "Mux(attempt.up, x == shape.x_max, x == 0)",
        "attempt.up & (x == shape.x_max)",
        INTEGER,
    ),
    Mutant("voids behind a step counted twice", "array.py", "voided & (stepping - 1)", "voided", INTEGER),
    Mutant(
        "Q_ii missing from a step down",
        "attempts.py",
        "(diagonal & ~ups[-2].replicate(len(diagonal))).as_signed()",
        "0",
        INTEGER,
    ),
    Mutant(
        "toggled bits counted as steps",
        "counters.py",
        'count["toggles"] + self.toggles',
        'count["toggles"] + 1',
        INTEGER,
    ),
    Mutant("flat steps not counted", "counters.py", 'count["flat"] + 1', 'count["flat"]'),
    Mutant("heat with the next window's beta", "array.py", "counters.beta.eq(token.", "counters.beta.eq(window.token."),
    Mutant("heat of the wrong sign", "counters.py", 'count["heat"] - heat', 'count["heat"] + heat'),
    Mutant("best state not copied", "array.py", "Mux(counters.sweep, counters.improved, copying) & fresh", "0"),
    Mutant("best state always copied", "array.py", "Mux(counters.sweep, counters.improved, copying) & fresh", "fresh"),
    Mutant(
        "best state copied after a step, too",
        "array.py",
        "Mux(counters.sweep, counters.improved, copying) & fresh",
        "Mux(counters.sweep, counters.improved, copying)",
    ),
    Mutant(
        "a tie taken for a better state",
        "counters.py",
        'count["energy"] < count["best_energy"]',
        'count["energy"] <= count["best_energy"]',
    ),
    Mutant("barrier not subtracted", "barrier.py", "SURPRISAL_BITS) - self.barrier", "SURPRISAL_BITS)"),
    Mutant(
        "penalty rounded down",
        "barrier.py",
        "Cat(Const(1, 1), left[:SURPRISAL_BITS])",
        "(left[:SURPRISAL_BITS] + 1 << 1)",
        WIDE,
        STRAIGHT,
        (ROUNDING,),
    ),
    Mutant("a quotient short of its last bits", "serial_reciprocal.py", "left.eq(clocks - 1)", "left.eq(clocks - 2)", LONG),
    Mutant("a sweep begins with the last one's knobs", "attempts.py", "ended.eq(before.last_window)", "ended.eq(0)", LONG),
    Mutant("a ramp of one step", "schedule.py", "ramp.eq(ramp + step)", "ramp.eq(step)"),
    Mutant("log off by a word", "array.py", "record_start + word - 1", "record_start + word"),
    Mutant("STOP ignored", "array.py", "token.last_sweep | stopping", "token.last_sweep"),
    Mutant(
        "halted-only accesses allowed in a run",
        "bus.py",
        "direction & (self.halted | Const(access.anytime, 1))",
        "direction",
        test=STOPS,
    ),
    Mutant("an access done twice", "bus.py", "asked & ~bus.ack & ~bus.err", "asked"),
    Mutant("RESUME after a setup write", "array.py", "[paused.eq(0), done.eq(0)]", "done.eq(0)", test=PAUSES),
    *COLOR_MUTANTS,
]


def _verilog(place: Path, shape: Shape, graph: Graph | None, mutant: Mutant | None) -> str:
    """Verilog from a copy of the gateware with the mistake in it; the models stay as they are."""
    plant(place, mutant)
    made = subprocess.run(
        [
            sys.executable,
            "-m",
            "limulator_hdl.generate",
            *(f"{name}={value}" for name, value in shape.as_dict().items()),
        ],
        cwd=place,  # which comes first on the path
        env=os.environ | {"PYTHONPATH": str(place), "PYTHONHASHSEED": "0"},
        input=graph.dumps() if graph else "",
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def _failures(
    place: Path, shape: Shape, test: str, cases: tuple[int, ...], graph: Graph | None, mutant: Mutant | None = None
) -> dict:
    verilog = _verilog(place, shape, graph, mutant)
    return failures("icarus", verilog, shape, list(cases), place, test, graph)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_the_bench_sees(mutant: Mutant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("icarus", monkeypatch)
    found = _failures(tmp_path, *mutant[4:], mutant)
    assert any("mismatch:" in message or "refused at" in message for message in found.values()), found or "nothing was seen"


@pytest.mark.parametrize(
    ("shape", "test", "cases", "graph"),
    sorted({mutant[4:] for mutant in MUTANTS}, key=str),
    ids=lambda value: "wires" if isinstance(value, Graph) else str(value),
)
def test_the_bench_sees_nothing_without_a_mistake(
    shape: Shape,
    test: str,
    cases: tuple[int, ...],
    graph: Graph | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need("icarus", monkeypatch)
    assert not _failures(tmp_path, shape, test, cases, graph)
