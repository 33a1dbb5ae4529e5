"""Objective and time of box-constrained quadratic programs on the array, beside OSQP and SciPy in the same run.

    uv run --group benchmark python benchmarks/box_qp.py [--backend NAME]

Convex programs have eigenvalues from 1 down to 1 / condition and about a third of the variables at a bound. Their exact
minimum is that of SciPy's BVLS, an active set, or of OSQP at 1e-10, whichever is lower. The indefinite ones have integer
coefficients of both signs, and their reference is the best of 300 local minima.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from limulator.box import BoxQP
from limulator.qp import solve_box_qp
from reporting import machine, report

CONVEX = [(20, 10.0), (20, 1e4), (50, 10.0), (50, 1e4), (200, 1e2)]
INDEFINITE = (20, 50)
STARTS = 300


def convex(cells: int, condition: float, seed: int = 0) -> BoxQP:
    generator = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(generator.normal(size=(cells, cells)))
    P = (axes * np.geomspace(1, 1 / condition, cells)) @ axes.T
    P = (P + P.T) / 2
    return BoxQP(P, -P @ generator.uniform(-0.3, 1.3, cells), 0.0, 1.0)


def indefinite(cells: int, seed: int = 0) -> BoxQP:
    generator = np.random.default_rng(seed)
    root = generator.integers(-50, 51, (cells, cells)).astype(float)
    return BoxQP(root + root.T, generator.integers(-50, 51, cells).astype(float), 0.0, 1.0)


def bvls(qp: BoxQP) -> np.ndarray:
    return BoxQP(qp.P, qp.q, qp.lb, qp.ub).minimum


def gradient_descent(qp: BoxQP, start: np.ndarray) -> np.ndarray:
    box = list(zip(qp.lb, qp.ub, strict=True))
    return minimize(qp.objective, start, jac=qp.gradient, bounds=box, method="L-BFGS-B").x


def osqp(accuracy: float) -> Callable[[BoxQP], np.ndarray]:
    import osqp as package

    def run(qp: BoxQP) -> np.ndarray:
        solver = package.OSQP()
        half = sparse.triu(sparse.csc_matrix(qp.P), format="csc")
        unit = sparse.identity(qp.cells, format="csc")
        tolerances = {"eps_abs": accuracy, "eps_rel": accuracy, "max_iter": 100_000}
        solver.setup(half, qp.q, unit, qp.lb, qp.ub, verbose=False, **tolerances)
        return np.clip(solver.solve(raise_error=False).x, qp.lb, qp.ub)

    return run


def array(bits: int, backend: str | None) -> Callable[[BoxQP], np.ndarray]:
    def run(qp: BoxQP) -> np.ndarray:
        return solve_box_qp(qp.P, qp.q, qp.lb, qp.ub, bits, backend=backend).y

    return run


def compare(case: str, qp: BoxQP, least: float, subjects: dict[str, Callable[[BoxQP], np.ndarray]]) -> None:
    """Gaps to the least objective that is known, and seconds."""
    centre = qp.objective((qp.lb + qp.ub) / 2)
    for subject, run in subjects.items():
        began = perf_counter()
        found = qp.objective(run(qp))
        seconds = perf_counter() - began
        report("box_qp", case, subject, "gap / max(1, |f*|)", float((found - least) / max(1, abs(least))), "1")
        report("box_qp", case, subject, "gap / (f(centre) - f*)", float((found - least) / (centre - least)), "1")
        report("box_qp", case, subject, "time", seconds, "s")


def main() -> None:
    """Every case; the arrays once before, so that what is compiled is compiled."""
    backend = sys.argv[sys.argv.index("--backend") + 1] if "--backend" in sys.argv else None
    machine("limulator", "numpy", "numba", "scipy", "osqp")
    ours = {f"limulator, {bits} bits": array(bits, backend) for bits in (8, 12)}
    for run in ours.values():
        run(convex(4, 10.0))
    try:
        splitting = {"osqp, default": osqp(1e-3), "osqp, 1e-8": osqp(1e-8)}
        exact = [osqp(1e-10)]
    except ImportError:
        print("osqp is missing", file=sys.stderr)
        splitting, exact = {}, []
    for cells, condition in CONVEX:
        qp = convex(cells, condition)
        least = min(float(qp.objective(run(qp))) for run in [bvls, *exact])
        descent = {"scipy L-BFGS-B": lambda qp: gradient_descent(qp, (qp.lb + qp.ub) / 2), "scipy BVLS": bvls}
        compare(f"convex, N = {cells}, condition {condition:g}", qp, least, ours | splitting | descent)
    for cells in INDEFINITE:
        qp = indefinite(cells)
        starts = np.random.default_rng(1).uniform(size=(STARTS, cells))

        def multistart(qp: BoxQP, starts: np.ndarray = starts) -> np.ndarray:
            return min((gradient_descent(qp, start) for start in starts), key=qp.objective)

        least = float(qp.objective(multistart(qp)))
        subjects = {f"scipy L-BFGS-B, {STARTS} starts": multistart}
        compare(f"indefinite, N = {cells}", qp, least, ours | subjects)


if __name__ == "__main__":
    main()
