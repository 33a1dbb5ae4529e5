"""The pair generators: period, seeding, equidistribution, and the gateware's words against the golden ones."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from limulator_hdl.pair import HALF_BITS, SEED_BITS, SEED_STEPS
from limulator_hdl.pair_noise import PairNoise
from limulator_sim.pair_noise import PairStreams, pair_seed_words, pair_states, pair_step
from stepping import simulate

STATE_BITS = 2 * HALF_BITS

FACTORS = [3, 5, 17, 257, 641, 65537, 274177, 6700417, 67280421310721]
"""Prime factors of 2**128 - 1, each once."""


def step_matrix() -> np.ndarray:
    """One step as a matrix over GF(2), on the bits of q over those of p."""
    columns = []
    for bit in range(STATE_BITS):
        p, q = pair_step((1 << bit & (1 << HALF_BITS) - 1, 1 << bit >> HALF_BITS))
        columns.append(bits(p | q << HALF_BITS, STATE_BITS))
    return np.array(columns).T


def bits(number: int, count: int) -> list[int]:
    return [number >> bit & 1 for bit in range(count)]


def independent(rows: list[int]) -> bool:
    """Whether these vectors over GF(2) are linearly independent."""
    reduced: dict[int, int] = {}
    for row in rows:
        while row and row.bit_length() in reduced:
            row ^= reduced[row.bit_length()]
        reduced[row.bit_length()] = row
    return 0 not in reduced


def test_full_period() -> None:
    """A state comes back after 2**128 - 1 steps and after no divisor of that, so it meets every state but zero."""
    period = 2**STATE_BITS - 1
    assert prod(FACTORS) == period
    powers = [step_matrix()]  # 1, 2, 4, ... steps
    while len(powers) < STATE_BITS:
        powers.append(powers[-1] @ powers[-1] % 2)
    start = np.eye(STATE_BITS, dtype=int)[0]

    def after(steps: int) -> np.ndarray:
        state = start
        for exponent, matrix in enumerate(powers):
            if steps >> exponent & 1:
                state = matrix @ state % 2
        return state

    assert (after(period) == start).all()
    for factor in FACTORS:
        assert not (after(period // factor) == start).all()


def test_seed_words_reach_every_state_once() -> None:
    reached = []
    for bit in range(STATE_BITS):
        state = (0, 0)
        for number in range(SEED_STEPS):
            word = 1 << bit >> SEED_BITS * number & (1 << SEED_BITS) - 1
            state = pair_step(state, word)
        reached.append(state[0] | state[1] << HALF_BITS)
    assert independent(reached)


def test_equidistribution() -> None:
    """The top bits of both words over successive steps are independent functions of the state, over as many steps as its
    bits allow, or one less."""
    matrix = step_matrix()
    rows = [np.eye(STATE_BITS, dtype=int)[HALF_BITS:]]  # the bits of q as functions of the first state
    for _ in range(HALF_BITS):
        rows.append(rows[-1] @ matrix % 2)
    for top in range(1, 16):
        steps = STATE_BITS // (2 * top) - (top in (2, 4, 7))
        seen = np.concatenate([now[half - top : half] for now in rows[:steps] for half in (32, 64)])
        assert independent([int("".join(map(str, row)), 2) for row in seen])


def test_golden_words_are_the_recurrence() -> None:
    lanes = 5
    states = np.stack([pair_states(seed, lanes) for seed in (0, 1)], axis=-1)
    streams = PairStreams(states, lanes)
    words = np.concatenate([streams.draw(60), streams.draw(40)])
    assert words.shape == (100, lanes, 2)
    for lane in range(lanes):
        for replica in range(2):
            p, q = (int(half) for half in states[:, lane // 2, replica])
            for word in words[:, lane, replica]:
                assert word == q >> 32 * (lane % 2) & 0xFFFFFFFF
                p, q = pair_step((p, q))


def test_seeds_are_legal_and_apart() -> None:
    states = np.concatenate([pair_states(seed, 128) for seed in range(200)], axis=1)
    assert states.any(axis=0).all()
    assert len({tuple(state) for state in states.T.tolist()}) == states.shape[1]


def test_zeros_for_a_seed_become_a_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zeros:
        def __init__(self, seed: int, spawn_key: tuple[int, ...]) -> None:
            pass

        def generate_state(self, count: int, dtype: type) -> np.ndarray:
            return np.zeros(count, dtype)

    monkeypatch.setattr(np.random, "SeedSequence", Zeros)
    assert pair_seed_words(0, 3).T.tolist() == [[1] + [0] * (SEED_STEPS - 1)] * 2


def test_bits_are_even() -> None:
    """The share of ones of each bit of the words, and of its changes, is within 5.5 standard deviations of a half: so it
    is in all 256 counts but with a chance of 1e-5, were the seed not fixed."""
    words = PairStreams(pair_states(3, 4)[:, :, None], 4).draw(20_000)[:, :, 0]
    for stream in (words, words[1:] ^ words[:-1]):
        ones = np.array([(stream >> np.uint32(bit) & 1).sum(axis=0) for bit in range(32)])
        assert (abs(ones - len(stream) / 2) < 5.5 * np.sqrt(len(stream) / 4)).all()


def test_gateware_words_equal_golden() -> None:
    """Seeded twice, the second time from a state that is not zero; a generator that nobody draws from keeps its words."""
    dut = PairNoise()

    async def bench(ctx) -> None:
        for seed in (7, 8):
            ctx.set(dut.draw, 1)  # clear and seed steps win
            ctx.set(dut.clear, 1)
            ctx.set(dut.seed_step, 1)
            ctx.set(dut.seed, 0xBEEF)
            await ctx.tick()
            assert ctx.get(dut.words) == 0
            ctx.set(dut.clear, 0)
            for number, word in enumerate(pair_seed_words(seed, 2)[:, 0].tolist()):
                ctx.set(dut.seed, word)
                await ctx.tick()
                ctx.set(dut.draw, number % 2)
            ctx.set(dut.seed_step, 0)
            ctx.set(dut.seed, 0)
            golden = PairStreams(pair_states(seed, 2)[:, :, None], 2).draw(300)[:, :, 0].astype(object)
            for number, (low, high) in enumerate(golden):
                idle = number % 7 == 3
                ctx.set(dut.draw, not idle)
                assert ctx.get(dut.words) == low | high << 32
                await ctx.tick()
                if idle:
                    assert ctx.get(dut.words) == low | high << 32
                    ctx.set(dut.draw, 1)
                    await ctx.tick()

    simulate(dut, bench)
