"""The rank of a noise word against the model's."""

from __future__ import annotations

import numpy as np

from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, RUN_BITS, WORD_BITS
from limulator_hdl.rank import RANK_BITS, Rank
from limulator_sim.fast.gate import rank_of
from stepping import simulate


def words_to_rank() -> list[int]:
    """Runs of every length, with every two bits that follow the first one and the rest all clear or all set; every
    mantissa; and random words of every length."""
    runs = list(range(1 << 6))
    runs += [
        (top << length) + rest for length in range(RUN_BITS - 2) for top in range(4, 8) for rest in (0, (1 << length) - 1)
    ]
    low = DIRECTION_BITS + MANTISSA_BITS
    words = [run << low | other for run in runs for other in (0, (1 << low) - 1)]
    words += [run << low | mantissa << DIRECTION_BITS for run in (0, 1 << 20) for mantissa in range(1 << MANTISSA_BITS)]
    rng = np.random.default_rng(1)
    return words + [int(rng.integers(1 << 32)) >> int(rng.integers(WORD_BITS)) for _ in range(2000)]


def test_every_length_and_every_mantissa() -> None:
    words = words_to_rank()
    ranks = [int(rank_of(np.uint32(word))) for word in words]
    assert {rank >> MANTISSA_BITS for rank in ranks} == set(range(RUN_BITS + 1))
    assert max(ranks) < 1 << RANK_BITS
    dut = Rank()

    async def bench(ctx) -> None:
        for clock in range(len(words) + Rank.latency):
            if clock < len(words):
                ctx.set(dut.word, words[clock])
            if clock >= Rank.latency:
                done = clock - Rank.latency
                assert ctx.get(dut.rank) == ranks[done], hex(words[done])
            await ctx.tick()

    simulate(dut, bench)
