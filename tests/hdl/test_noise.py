"""The noise streams: recurrence, period, seeding, and the gateware's words against the golden ones."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.noise import NoiseStream
from limulator_hdl.taus88 import COMPONENTS, Component
from limulator_sim.noise import NoiseStreams, step, stream_states
from stepping import simulate

FACTORS = {31: [2**31 - 1], 29: [233, 1103, 2089], 28: [3, 5, 29, 43, 113, 127]}
"""Prime factors of 2**degree - 1."""


def component_matrix(component: Component) -> np.ndarray:
    """One step of a component as a matrix over GF(2), on the bits that carry the state."""
    bits = range(32 - component.degree, 32)
    index = COMPONENTS.index(component)
    columns = [step(tuple(1 << bit if j == index else 0 for j in range(3)))[index] for bit in bits]
    return np.array([[column >> bit & 1 for column in columns] for bit in bits])


def power(matrix: np.ndarray, exponent: int) -> np.ndarray:
    result = np.eye(len(matrix), dtype=int)
    for digit in f"{exponent:b}":
        result = result @ result % 2
        if digit == "1":
            result = result @ matrix % 2
    return result


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_component_has_its_full_period(component: Component) -> None:
    """The order of the recurrence is 2**degree - 1 and no divisor of it, so every state but zero lies on one cycle."""
    period = 2**component.degree - 1
    factors = FACTORS[component.degree]
    rest = period
    for factor in factors:
        while rest % factor == 0:
            rest //= factor
    assert rest == 1
    matrix = component_matrix(component)
    identity = np.eye(component.degree, dtype=int)
    assert (power(matrix, period) == identity).all()
    for factor in factors:
        assert period % factor == 0
        assert not (power(matrix, period // factor) == identity).all()


def test_periods_are_coprime_and_make_2_to_the_88() -> None:
    periods = [2**component.degree - 1 for component in COMPONENTS]
    assert np.lcm.reduce(np.array(periods, object)) == np.prod(np.array(periods, object))
    assert np.prod(np.array(periods, object)) > 2**87.9


def test_golden_words_are_the_recurrence() -> None:
    states = np.stack([stream_states(seed, 3) for seed in (0, 1)], axis=-1)
    words = NoiseStreams(states).draw(100)
    for lane in range(3):
        for replica in range(2):
            state = tuple(int(z) for z in states[:, lane, replica])
            for word in words[:, lane, replica]:
                assert word == state[0] ^ state[1] ^ state[2]
                state = step(state)


def test_seeds_are_legal_and_apart() -> None:
    states = np.concatenate([stream_states(seed, 64) for seed in range(200)], axis=1)
    for z, component in zip(states, COMPONENTS, strict=True):
        assert (z >= component.least).all()
    assert len({tuple(state) for state in states.T}) == states.shape[1]


def test_gateware_words_equal_golden() -> None:
    states = stream_states(7, 2)
    golden = NoiseStreams(states[:, :, None]).draw(300)[:, :, 0]
    dut = NoiseStream()

    async def bench(ctx) -> None:
        for lane in (0, 1):
            ctx.set(dut.seed, sum(int(z) << 32 * k for k, z in enumerate(states[:, lane])))
            ctx.set(dut.load, 1)
            await ctx.tick()
            ctx.set(dut.load, 0)
            ctx.set(dut.draw, 1)
            for number, word in enumerate(golden[:, lane]):
                assert ctx.get(dut.word) == word
                if number % 7 == 3:  # a stream that is not drawn from keeps its word
                    ctx.set(dut.draw, 0)
                    await ctx.tick()
                    ctx.set(dut.draw, 1)
                    assert ctx.get(dut.word) == word
                await ctx.tick()

    simulate(dut, bench)
