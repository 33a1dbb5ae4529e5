"""Shapes: coercion, validation, and widths that hold what they must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limulator_hdl.formats import (
    BARRIER_BITS,
    COUNTER_BITS,
    FULL_SPEED_HZ,
    PENALTY_FRAC,
    PENALTY_INT,
    RUN_BITS,
    WORD_BITS,
    Shape,
    signed_bits,
)
from limulator_hdl.ledger import COUNTERS

DAY_CLOCKS = int(86400 * FULL_SPEED_HZ)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": 10, "lanes": 4}, "lanes must divide cells, got cells=10 lanes=4"),
        ({"cells": 0}, "cells must be 1..65536, got cells=0"),
        ({"cells": 4, "bits": 17}, "bits must be 1..16, got bits=17"),
        ({"cells": 4, "coupling_bits": 1}, "coupling_bits must be 2..16, got coupling_bits=1"),
        ({"cells": 4, "beta_frac": PENALTY_FRAC}, f"beta_frac must be {PENALTY_FRAC + 1}..48, got beta_frac=10"),
        ({"cells": 4, "field_bits": 1}, "field_bits must be 2..32, got field_bits=1"),
        ({"cells": 4096, "bits": 16, "coupling_bits": 16}, "field_bits must be 2..32, got field_bits=44"),
    ],
)
def test_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Shape(**arguments)
    assert message in str(caught.value)


def test_every_shape_has_room_for_its_energies() -> None:
    assert Shape(1 << 16, 1, 16, field_bits=32).energy_bits <= COUNTER_BITS


def test_not_an_integer() -> None:
    with pytest.raises(TypeError, match=r"cells must be an integer, got cells=2\.5"):
        Shape(2.5)  # type: ignore[arg-type]


def test_numpy_integers_are_taken() -> None:
    shape = Shape(np.int64(8), np.uint8(4))
    assert shape == Shape(8, 4)
    assert type(shape.cells) is int
    assert Shape(**shape.as_dict()) == shape


def test_word_is_filled() -> None:
    assert WORD_BITS == 32
    assert RUN_BITS <= 1 << PENALTY_INT
    assert BARRIER_BITS == PENALTY_INT + PENALTY_FRAC


@given(st.integers(0, 10**12))
def test_signed_bits_is_the_narrowest(magnitude: int) -> None:
    width = signed_bits(magnitude)
    assert magnitude <= 2 ** (width - 1) - 1
    assert width == 1 or magnitude > 2 ** (width - 2) - 1


@pytest.mark.parametrize("shape", [Shape(64, 8), Shape(800, 32), Shape(64, 8, bits=8, coupling_bits=8), Shape(1)])
def test_no_counter_wraps_within_a_day(shape: Shape) -> None:
    """At full speed, the largest count each counter can reach. A step takes four clocks, three of them its own."""
    widths = {counter.name: counter.width(shape) - counter.signed for counter in COUNTERS}
    steps = DAY_CLOCKS // 3
    most = {
        "attempts": DAY_CLOCKS * shape.lanes,
        "void": DAY_CLOCKS * shape.lanes,
        "down": steps,
        "up": steps,
        "flat": steps,
        "sum_down": steps * shape.g_max,
        "sum_up": steps * shape.g_max,
        "toggles": steps * shape.bits,
        "energy": shape.cells * shape.x_max * shape.g_max,
        "best_energy": shape.cells * shape.x_max * shape.g_max,
        # a run's heat, by Abel's summation over segments in which beta is monotone
        "heat": 2 * shape.segments * 2**shape.beta_bits * shape.cells * shape.x_max * shape.g_max,
    }
    assert most.keys() == widths.keys()
    for name, largest in most.items():
        assert largest < 2 ** widths[name], name
    assert steps < 2**shape.step_bits
