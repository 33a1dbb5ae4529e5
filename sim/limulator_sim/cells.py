"""The cells' initial values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import Shape

__all__ = ["random_cells"]


def random_cells(seed: int, shape: Shape) -> NDArray[np.int32]:
    """A state drawn uniformly from the box, which is the thermal state at beta = 0: shape (cells,)."""
    words = np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(shape.cells, np.uint32)
    return (words >> np.uint32(32 - shape.bits)).astype(np.int32)
