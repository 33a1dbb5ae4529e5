"""The array as a solver of CVXPY: ``problem.solve(solver=LIM(bits=12))``, for quadratic programs over a box.

Needs cvxpy: ``pip install 'limulator[qp]'``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .errors import ProblemError
from .qp import BoxQPSolution, solve_box_qp

try:
    from cvxpy import settings
    from cvxpy.reductions.solution import Solution, failure_solution
    from cvxpy.reductions.solvers.qp_solvers.qp_solver import QpSolver
except ImportError as error:
    raise ImportError(f"cvxpy cannot be imported ({error}): pip install 'limulator[qp]'") from None

__all__ = ["LIM"]

Array = NDArray[np.float64]


class LIM(QpSolver):  # type: ignore[misc]
    """Solves programs whose constraints are bounds, two finite ones on every variable.

    Bounds are constraints such as ``x <= 1`` or ``x == 1`` and attributes such as ``bounds=[0, 1]`` or ``nonneg=True``. The
    variables that CVXPY adds to write ``cp.sum_squares(A @ x - b)`` or ``cp.quad_form(x - c, P)`` need none: they are
    substituted.
    Every other constraint is refused with a :class:`.ProblemError`. There are no dual values.

    The status is ``optimal``, in the sense of the array: ``problem.solver_stats.extra_stats`` is the
    :class:`.BoxQPSolution`, with its ``quantisation_error``, heat and updates.

    Parameters
    ----------
    **options
        Of :func:`.solve_box_qp`, such as ``bits``, ``replicas`` or ``seed``; those of ``problem.solve`` come first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.options = options

    def name(self) -> str:
        """LIM."""
        return "LIM"

    def import_solver(self) -> None:
        """Nothing to import: the solver is this package."""

    def cite(self, data: dict[str, Any]) -> str:
        """BibTeX of the paper behind the array."""
        return (
            "@misc{lim, title={Estimation of Energy-dissipation Lower-bounds for Neuromorphic Learning-in-memory}, "
            "author={Chen and Ahsan and Leugering and Cauwenberghs and Chakrabartty}, eprint={2402.14878}, "
            "archivePrefix={arXiv}}"
        )

    def solve_via_data(
        self, data: dict[str, Any], warm_start: bool, verbose: bool, solver_opts: dict[str, Any], solver_cache: Any = None
    ) -> tuple[Array, BoxQPSolution] | None:
        """The values of all variables and the solution behind them; None if there are no such values."""
        box = _Box.of(data)
        if box is None:
            return None
        solution = solve_box_qp(*box.program(data), **{**self.options, **solver_opts})
        return box.expand(solution.y), solution

    def invert(self, solution: tuple[Array, BoxQPSolution] | None, inverse_data: dict[str, Any]) -> Any:
        """What CVXPY makes of it."""
        if solution is None:
            return failure_solution(settings.INFEASIBLE)
        values, found = solution
        attributes = {settings.SOLVE_TIME: found.wall_s, settings.EXTRA_STATS: found}
        objective = found.objective + inverse_data[settings.OFFSET]
        return Solution(settings.OPTIMAL, objective, {self.VAR_ID: values}, None, attributes)


@dataclass(frozen=True)
class _Box:
    """Bounds of the variables z of CVXPY's program, (n,), and the ones without, ``z[tied] = ties @ z[~tied] + shift``."""

    lb: Array
    ub: Array
    tied: NDArray[np.bool_]
    ties: Array
    shift: Array

    @classmethod
    def of(cls, data: dict[str, Any]) -> _Box | None:
        """From the constraints ``A z = b`` and ``F z <= g``; None if they contradict each other.

        Raises :class:`.ProblemError` for any that is neither a bound nor defines a variable without bounds.
        """
        count = data["n_var"]
        lb, ub = np.full(count, -np.inf), np.full(count, np.inf)
        rows, right = _rows(data[settings.F], data[settings.G])
        others = _bound(rows, right, lb, ub, equal=False)
        if others is None:
            return None
        if others.any():
            raise _refusal(f"{others.sum()} inequalities of more than one variable")
        rows, right = _rows(data[settings.A], data[settings.B])
        others = _bound(rows, right, lb, ub, equal=True)
        if others is None or (lb > ub).any():
            return None
        tied = np.isinf(lb) & np.isinf(ub)
        half = (np.isinf(lb) | np.isinf(ub)) & ~tied
        if half.any():
            raise _refusal(f"one bound only on {half.sum()} of them")
        if others.sum() != tied.sum():
            raise _refusal(f"{others.sum()} equations of several variables and {tied.sum()} variables without bounds")
        ties, shift = np.zeros((0, count)), np.zeros(0)
        if tied.any():
            rows, right = rows[others], right[others]
            try:
                solver = sparse.linalg.splu(sparse.csc_array(rows[:, tied]))
            except RuntimeError:
                raise _refusal(f"{others.sum()} equations that do not define the variables without bounds") from None
            ties, shift = -solver.solve(rows[:, ~tied].toarray()), solver.solve(right)
        return cls(lb[~tied], ub[~tied], tied, ties, shift)

    def program(self, data: dict[str, Any]) -> tuple[Array, Array, Array, Array]:
        """P, q, lb and ub in the variables that have bounds."""
        P, q, tied = data[settings.P].toarray(), data[settings.Q], self.tied
        across, among = P[np.ix_(~tied, tied)], P[np.ix_(tied, tied)]
        half = P[np.ix_(~tied, ~tied)] / 2 + across @ self.ties + self.ties.T @ among @ self.ties / 2
        linear = q[~tied] + self.ties.T @ (q[tied] + among @ self.shift) + across @ self.shift
        return half + half.T, linear, self.lb, self.ub

    def expand(self, y: Array) -> Array:
        """All variables."""
        values = np.empty(len(self.tied))
        values[~self.tied], values[self.tied] = y, self.ties @ y + self.shift
        return values


def _rows(matrix: Any, right: Array) -> tuple[Any, Array]:
    rows = sparse.csr_array(matrix)
    rows.eliminate_zeros()
    return rows, right


def _bound(rows: Any, right: Array, lb: Array, ub: Array, equal: bool) -> NDArray[np.bool_] | None:
    """Tighten the bounds by the rows with one entry. Returns which have more; None if one without any cannot hold."""
    entries = np.diff(rows.indptr)
    empty = right[entries == 0]
    if (empty < 0).any() or (equal and empty.any()):
        return None
    single = entries == 1
    first = rows.indptr[:-1][single]
    columns, factors = rows.indices[first], rows.data[first]
    values = right[single] / factors
    above, below = (factors > 0) | equal, (factors < 0) | equal
    np.minimum.at(ub, columns[above], values[above])
    np.maximum.at(lb, columns[below], values[below])
    return np.asarray(entries > 1)


def _refusal(found: str) -> ProblemError:
    return ProblemError(f"LIM wants two finite bounds on every variable and no other constraints, got {found}")
