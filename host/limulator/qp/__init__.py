"""Box-constrained quadratic programs solved on the array."""

from __future__ import annotations

from .solver import BoxQPSolution, solve_box_qp

__all__ = ["BoxQPSolution", "solve_box_qp"]
