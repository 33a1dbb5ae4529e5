"""Proofs about the gateware with SymbiYosys, and for each that it fails when a mistake is planted.

``prove`` is by k-induction and holds for ever; ``bmc`` holds for so many clocks from reset. ``cover`` shows that what the
rules speak of can happen at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from formal.bus_rules import READ_AT
from formal.proving import Mutant, need, prove

pytestmark = pytest.mark.slow

BUS, BRIDGE, COUNTERS = "bus_rules:Rules", "bridge_rules:Rules", "counters_rules:Rules"
HASTY, QUEUE, SEQUENCER, ARRAY = "bridge_rules:Hasty", "queue_rules:Rules", "sequencer_rules:Rules", "array_rules:Rules"

ACCESS = READ_AT + 4
"""Clocks in which the slowest access is answered, and the next one begun."""


class Proof(NamedTuple):
    """Rules, and how and for how many clocks they are checked."""

    rules: str
    mode: str
    depth: int


PROOFS = [
    Proof(BUS, "prove", ACCESS),
    Proof(BUS, "cover", ACCESS),
    Proof(BRIDGE, "prove", 3),
    Proof(HASTY, "cover", 105),
    Proof(COUNTERS, "prove", 2),
    Proof(COUNTERS, "cover", 6),
    Proof(QUEUE, "prove", 3),
    Proof(QUEUE, "cover", 24),
    Proof(SEQUENCER, "prove", 3),
    Proof(SEQUENCER, "cover", 32),
    Proof(ARRAY, "bmc", 20),
    Proof(ARRAY, "cover", 24),
]

MUTANTS = [
    (BUS, ACCESS, Mutant("an access done twice", "bus.py", "asked & ~bus.ack & ~bus.err", "asked")),
    (BUS, ACCESS, Mutant("ack and err together", "bus.py", "bus.err.eq(self.refused)]", "bus.err.eq(1)]")),
    (BUS, ACCESS, Mutant("a read too early", "bus.py", "waited == self.READ_CLOCKS - 1", "waited == self.READ_CLOCKS - 2")),
    (BUS, ACCESS, Mutant("words behind a region", "bus.py", " & (offset < region.words))", ")")),
    (BUS, ACCESS, Mutant("no refusal in a run", "bus.py", "(self.halted | Const(access.anytime, 1))", "1")),
    (BUS, ACCESS, Mutant("a write that was given up", "bus.py", "with m.Elif(asked):", "with m.Elif(1):")),
    (HASTY, 105, Mutant("bytes forgotten", "bridge.py", "word << 8), byte.eq(byte + 1)", "word << 8), byte.eq(byte + 2)")),
    (HASTY, 105, Mutant("no timeout", "bridge.py", "late.eq((quiet == self.timeout - 2) & ~self.rx_valid)", "late.eq(0)")),
    (HASTY, 105, Mutant("a dead bus waited for", "bridge.py", "beyond | (waited == PATIENCE - 1)", "beyond")),
    (
        HASTY,
        105,
        Mutant("a refused word's data", "bridge.py", "Mux(refused, REFUSED_WORD, value)", "value"),
    ),
    (HASTY, 105, Mutant("length 0 is 256", "bridge.py", "with m.Elif(length == 0):", "with m.Elif(0):")),
    (HASTY, 105, Mutant("a fifth command", "bridge.py", "(self.rx_data - 1)[:8] < 4", "(self.rx_data - 1)[:8] < 5")),
    (COUNTERS, 6, Mutant("flat steps not counted", "counters.py", 'count["flat"] + 1', 'count["flat"]')),
    (COUNTERS, 6, Mutant("a sum of the wrong sign", "counters.py", 'count["sum_up"] + self', 'count["sum_up"] - self')),
    (COUNTERS, 6, Mutant("heat twice", "counters.py", "heated.eq(self.step)", "heated.eq(self.step | heated)")),
    (QUEUE, 12, Mutant("two words given back", "queue.py", "tail.eq(tail - 1)", "tail.eq(tail - 2)")),
    (QUEUE, 20, Mutant("a queue that overflows", "queue.py", "level < self.DEPTH // 2", "level < self.DEPTH")),
    (SEQUENCER, 14, Mutant("a sweep too many", "schedule.py", "last_sweep.eq(sweeps == 2)", "last_sweep.eq(sweeps == 1)")),
    (SEQUENCER, 14, Mutant("windows lost", "schedule.py", "m.If(self.en & issuing)", "m.If(issuing)")),
    (ARRAY, 20, Mutant("a step booked twice", "array.py", "sweep.eq(0), booked.eq(0)]", "sweep.eq(0)]")),
    (ARRAY, 20, Mutant("a step not booked", "array.py", "[booked.eq(1), selected", "[selected")),
    (ARRAY, 20, Mutant("an attempt made again", "array.py", "live.eq(~(stepping ^ (stepping - 1)))", "live.eq(~0)")),
    (ARRAY, 20, Mutant("the next attempt's words", "array.py", "attempts.back.eq(1)", "attempts.back.eq(0)")),
    (ARRAY, 20, Mutant("no change of energy is too much", "array.py", "~out & ~room[-1]", "~out & (room > 0)")),
]


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: f"{proof.mode}-{proof.rules}")
def test_rules(proof: Proof, tmp_path: Path) -> None:
    need()
    assert prove(proof.rules, tmp_path, proof.mode, proof.depth) == "PASS"


@pytest.mark.parametrize(("rules", "depth", "mutant"), MUTANTS, ids=lambda value: getattr(value, "what", ""))
def test_a_mistake_is_found(rules: str, depth: int, mutant: Mutant, tmp_path: Path) -> None:
    need()
    assert prove(rules, tmp_path, "bmc", depth, mutant) == "FAIL"
