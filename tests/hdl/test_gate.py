"""The gate: exact probabilities, the surprisal against the contract, and the gateware against both."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS, THRESHOLD_BITS
from limulator_hdl.gate import Gate
from limulator_hdl.thresholds import SURPRISAL, THRESHOLD
from limulator_sim.gate import accepts, surprisal
from stepping import simulate

MANTISSAS = np.arange(2**MANTISSA_BITS, dtype=np.uint32)
RUNS = [0, *(1 << position | junk for position in range(RUN_BITS) for junk in {0, (1 << position) - 1})]
"""Every number of leading zeros, with the bits that do not matter all clear and all set."""


def word(run: int, mantissa: int, direction: int = 0) -> int:
    return run << (MANTISSA_BITS + DIRECTION_BITS) | mantissa << DIRECTION_BITS | direction


def test_thresholds_are_the_published_formula() -> None:
    assert len(THRESHOLD) == 2**PENALTY_FRAC
    for f, threshold in enumerate(THRESHOLD):
        assert threshold == round(2**THRESHOLD_BITS * 2 ** (-f / 2**PENALTY_FRAC))


def test_every_probability_above_2_to_the_minus_20_is_right_within_1e_3() -> None:
    """Rounding the table, and rounding t itself to F bits, together."""
    table = max(abs(t / 2**THRESHOLD_BITS * 2 ** (f / 2**PENALTY_FRAC) - 1) for f, t in enumerate(THRESHOLD))
    rounding = 2 ** (2 ** -(PENALTY_FRAC + 1)) - 1
    assert (1 + table) * (1 + rounding) - 1 < 1e-3
    assert RUN_BITS - 1 >= 20


@pytest.mark.parametrize("n", range(RUN_BITS))
def test_counts_are_the_table(n: int) -> None:
    """Of all words that matter for a penalty n + f / 2**F, exactly T[f] in 2**(n + M) are accepted."""
    words_that_matter = [
        word(run << (RUN_BITS - 1 - n), mantissa) for run in (0, 1) for mantissa in range(2**MANTISSA_BITS)
    ]
    values = surprisal(np.array(words_that_matter, np.uint32))
    # every other value of the run's first n + 1 bits begins with a one among the first n bits, and is not accepted
    for first in range(n):
        assert surprisal(np.array([word(1 << (RUN_BITS - 1 - first), 2**MANTISSA_BITS - 1)], np.uint32)) < n << PENALTY_FRAC
    for f in range(0, 2**PENALTY_FRAC, 31):
        assert np.count_nonzero(values >= (n << PENALTY_FRAC) + f) == THRESHOLD[f]


def test_surprisal_is_the_contract() -> None:
    """A word accepts the penalty t iff t <= its surprisal: every leading-zero count, every mantissa, every n, and f at
    the table's edges."""
    for run in RUNS:
        words = np.array([word(run, int(mantissa)) for mantissa in MANTISSAS], np.uint32)
        values = surprisal(words)
        for w, value in zip(words[::17].tolist(), values[::17].tolist(), strict=True):
            for n in range(RUN_BITS + 2):
                base = n << PENALTY_FRAC
                for t in {base, base + 1, base + 511, base + 2**PENALTY_FRAC - 1, max(value - 1, 0), value, value + 1}:
                    assert accepts(w, t) == (t <= value), (hex(w), t, value)


def test_table_is_the_inverse_of_the_thresholds() -> None:
    for mantissa in range(2**MANTISSA_BITS):
        field = 2**MANTISSA_BITS + mantissa
        assert [f for f, threshold in enumerate(THRESHOLD) if threshold > field][-1] == SURPRISAL[mantissa]


def test_gateware_equals_golden_for_every_run_and_mantissa() -> None:
    words = [word(run, int(mantissa), direction) for run in RUNS for mantissa in MANTISSAS[::9] for direction in (0, 1)]
    words += [word(1 << 20, int(mantissa)) for mantissa in MANTISSAS]
    golden = surprisal(np.array(words, np.uint32)).tolist()
    dut = Gate()

    async def bench(ctx) -> None:
        ctx.set(dut.en, 1)
        for clock in range(len(words) + Gate.latency):
            if clock < len(words):
                ctx.set(dut.word, words[clock])
            if clock >= Gate.latency:
                done = clock - Gate.latency
                assert ctx.get(dut.surprisal) == golden[done], hex(words[done])
                assert ctx.get(dut.up) == words[done] & 1
            await ctx.tick()

    simulate(dut, bench)
