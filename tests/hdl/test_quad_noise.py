"""The quad generators: period, seeding, equidistribution, and the gateware's draws against the golden ones."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from limulator_hdl.quad import COMMON_BITS, HALF_BITS, LANES, PRIVATE_BITS, SEED_BITS, SEED_PLACES, SEED_STEPS
from limulator_hdl.quad_noise import QuadNoise
from limulator_sim.quad_noise import (
    QuadStreams,
    generator_states,
    lane_draw,
    quad_seed_words,
    quad_states,
    quad_step,
    word_of,
)
from stepping import simulate

STATE_BITS = 2 * HALF_BITS

FACTORS = [3, 5, 17, 257, 641, 65537, 274177, 6700417, 67280421310721]
"""Prime factors of 2**128 - 1, each once."""


def step_matrix() -> np.ndarray:
    """One step as a matrix over GF(2), on the bits of q over those of p."""
    columns = []
    for bit in range(STATE_BITS):
        p, q = quad_step((1 << bit & (1 << HALF_BITS) - 1, 1 << bit >> HALF_BITS))
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


@pytest.mark.parametrize("steps", [1, 2])
def test_seed_words_reach_every_state_once(steps: int) -> None:
    reached = []
    for bit in range(STATE_BITS):
        state = (0, 0)
        for number in range(SEED_STEPS):
            word = 1 << bit >> SEED_BITS * number & (1 << SEED_BITS) - 1
            state = quad_step(state, word << SEED_PLACES[steps])
            if steps == 2:
                state = quad_step(state)
        reached.append(state[0] | state[1] << HALF_BITS)
    assert independent(reached)


def test_equidistribution() -> None:
    """The top bits of all draws over successive steps are independent functions of the state, over as many steps as its
    bits allow, or one less."""
    matrix = step_matrix()
    rows = [np.eye(STATE_BITS, dtype=int)[HALF_BITS:]]  # the bits of q as functions of the first state
    for _ in range(HALF_BITS):
        rows.append(rows[-1] @ matrix % 2)
    for top in range(1, PRIVATE_BITS + 1):
        steps = STATE_BITS // (LANES * top) - (top == 2)
        seen = np.concatenate([now[lane::LANES][-top:] for now in rows[:steps] for lane in range(LANES)])
        assert independent([int("".join(map(str, row)), 2) for row in seen])


@pytest.mark.parametrize("steps", [1, 2])
def test_golden_words_are_the_recurrence(steps: int) -> None:
    lanes = 6
    streams = QuadStreams(np.stack([quad_states(seed, lanes, steps) for seed in (0, 1)], axis=-1), lanes, steps)
    words = np.concatenate([streams.draw(60), streams.draw(40)])
    assert words.shape == (100, lanes, 2)
    for replica in range(2):
        states = generator_states(replica, lanes, steps)
        assert len(states) == 3
        for window in words[:, :, replica]:
            common = lane_draw(states[-1][1], 0)
            for lane, word in enumerate(window):
                own = lane_draw(states[lane // LANES][1], lane % LANES)
                assert word == word_of(own << COMMON_BITS | common)
            for _ in range(steps):
                states = [quad_step(state) for state in states]


def test_eight_lanes_share_a_sequence() -> None:
    """Two steps a window: the second four lanes draw what the first ones would have drawn next."""
    first, second, common = generator_states(3, 8, 2)
    assert second == quad_step(first)
    state = (0, 0)
    for word in quad_seed_words(3, 8, 2)[:, 0].tolist():
        state = quad_step(quad_step(state, word << SEED_PLACES[2]))
    assert first == quad_step(state)
    assert common not in (first, second)
    assert [len(generator_states(3, lanes, 2)) for lanes in (1, 4, 5, 8, 9, 16, 17)] == [2, 2, 3, 3, 4, 5, 6]


def test_every_number_has_a_word() -> None:
    """The run is its upper bits, the mantissa what follows the first one."""
    assert word_of(0xFFFFFFFF) == 0xFFFFFFFE
    assert word_of(0x80000000) == 0x80000000
    assert word_of(0x00000FFF) == 0x00000FFE
    assert word_of(0x00000800) == 0x00000800
    assert word_of(0x000003FF) == 0x000007FC
    assert word_of(0x12345678) == 0x12345000 | 0b0010001101 << 1
    assert word_of(0) == 0


def test_seeds_are_legal_and_apart() -> None:
    states = [state for seed in range(200) for state in generator_states(seed, 128)]
    assert (0, 0) not in states
    assert len(set(states)) == len(states) == 200 * 33


def test_zeros_for_a_seed_become_a_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Zeros:
        def __init__(self, seed: int, spawn_key: tuple[int, ...]) -> None:
            pass

        def generate_state(self, count: int, dtype: type) -> np.ndarray:
            return np.zeros(count, dtype)

    monkeypatch.setattr(np.random, "SeedSequence", Zeros)
    assert quad_seed_words(0, 3).T.tolist() == [[1] + [0] * (SEED_STEPS - 1)] * 2


def test_bits_are_even() -> None:
    """The share of ones of each bit of the draws, and of its changes, is within 5.5 standard deviations of a half: so it
    is in all 256 counts but with a chance of 1e-5, were the seed not fixed."""
    streams = QuadStreams(quad_states(3, 8)[:, :, None], 8)
    draws = np.array([(streams.states[1, :8, 0], streams.draw(1))[0] for _ in range(20_000)])
    for stream in (draws, draws[1:] ^ draws[:-1]):
        ones = np.array([(stream >> np.uint16(bit) & 1).sum(axis=0) for bit in range(PRIVATE_BITS)])
        assert (abs(ones - len(stream) / 2) < 5.5 * np.sqrt(len(stream) / 4)).all()


@pytest.mark.parametrize("steps", [1, 2])
def test_gateware_draws_equal_golden(steps: int) -> None:
    """Seeded twice, the second time from a state that is not zero; a generator that nobody draws from keeps its draws, and
    those before them."""
    dut, lanes = QuadNoise(steps), LANES * steps

    def packed(half: int, at: int = 0) -> int:
        return sum(lane_draw(half, lane) << (at + lane) * PRIVATE_BITS for lane in range(LANES))

    async def bench(ctx) -> None:
        for seed in (7, 8):
            ctx.set(dut.draw, 1)  # clear and seed steps win
            ctx.set(dut.clear, 1)
            ctx.set(dut.seed_step, 1)
            ctx.set(dut.seed, 0xBEEF)
            await ctx.tick()
            assert ctx.get(dut.draws) == 0
            ctx.set(dut.clear, 0)
            for number, word in enumerate(quad_seed_words(seed, lanes, steps)[:, 0].tolist()):
                ctx.set(dut.seed, word)
                await ctx.tick()
                ctx.set(dut.draw, number % 2)
            ctx.set(dut.seed_step, 0)
            ctx.set(dut.seed, 0)
            states = generator_states(seed, lanes, steps)[:-1]
            if steps == 2:  # which the first draws are a step after
                await ctx.tick()
            for number in range(300):
                used = packed(states[0][0])
                draws = sum(packed(state[1], LANES * k) for k, state in enumerate(states))
                idle = number % 7 == 3
                ctx.set(dut.draw, not idle)
                assert ctx.get(dut.draws) == draws
                assert steps == 2 or ctx.get(dut.used) == used
                await ctx.tick()
                if idle:
                    assert ctx.get(dut.draws) == draws
                    assert steps == 2 or ctx.get(dut.used) == used
                    ctx.set(dut.draw, 1)
                    await ctx.tick()
                for _ in range(steps):
                    states = [quad_step(state) for state in states]

    simulate(dut, bench)
