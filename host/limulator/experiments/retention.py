"""Experiment 3: leak and retention, the lifetime of a stored value against its barrier (arXiv 2402.14878, figs. 2B, 2C)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ..figure import BLUE, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .rate import CELLS, chi_square_check

__all__ = ["EXPERIMENT"]

LIFETIMES = 1.5
"""Sweeps that a value is held, in units of its mean lifetime 2**E0: the overlap falls to 5 %."""

POINTS = 10

WRITE = Stage(1, beta=12.0, barrier=0.0)
"""Every wrong cell flips, and a right one with probability 2**-12."""


def _flips(p: Any, sweeps: Any) -> Any:
    """Probability that a cell, flipping with probability p in each sweep, is on the other side after so many."""
    return (1 - (1 - 2 * p) ** np.asarray(sweeps, np.float64)) / 2


def _fit(wrong: NDArray[np.int64], sweeps: NDArray[np.int64], cells: int) -> tuple[float, float]:
    """Flip probability a sweep and its standard error, by maximum likelihood from the numbers of wrong cells at the given
    sweeps.

    Each number given the one before is a sum of two binomials, taken as normal with the exact mean and variance.
    """
    lengths = np.diff(sweeps)

    def law(p: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        q = _flips(p, lengths)
        return cells * q + wrong[:-1] * (1 - 2 * q), cells * q * (1 - q)

    def loss(log2_p: float) -> float:
        mean, variance = law(2**log2_p)
        return float(((wrong[1:] - mean) ** 2 / variance + np.log(variance)).sum())

    # of all p only those that the first interval allows: it is a fraction of a lifetime
    first = np.log2(_between(wrong[0], wrong[1], int(lengths[0]), cells))
    fitted = minimize_scalar(loss, bounds=(first - 1, min(first + 1, -1.0)), method="bounded", options={"xatol": 1e-6})
    p = float(2**fitted.x)
    step = 1e-4 * p
    slope = (law(p + step)[0] - law(p - step)[0]) / (2 * step)
    return p, float((slope**2 / law(p)[1]).sum() ** -0.5)


def _between(before: int, after: int, sweeps: int, cells: int) -> float:
    """The flip probability that takes the overlap from one number of wrong cells to the next on the mean."""
    return float((1 - ((cells - 2 * after) / (cells - 2 * before)) ** (1 / sweeps)) / 2)


def measure(setting: Setting) -> Numbers:
    """One run: a pattern is written and held without drive behind each barrier in turn."""
    barriers = setting.pick((2, 3, 4, 5, 6, 7, 8, 9), (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))
    # c = -1 stores a one, c = +1 a zero, and U counts the wrong cells
    linear = np.where(np.random.default_rng(0).random(CELLS) < 0.5, -1, 1)
    stages: list[Stage] = []
    spans = []
    for barrier in barriers:
        times = np.unique(np.rint(np.linspace(0, LIFETIMES * 2**barrier, POINTS + 1)).astype(np.int64))
        stages.append(WRITE)
        spans.append((barrier, times, slice(len(stages), len(stages) + len(times))))
        stages += [Stage(int(length), 0.0, barrier) for length in np.diff(times)]
    result = setting.solve(Problem(np.zeros((CELLS, CELLS)), linear), Stages(stages), replicas=setting.pick(250, 5000))
    _, logs = result.trace
    cells = CELLS * len(logs)
    wrong = (logs["energy"] + np.count_nonzero(linear < 0)).sum(axis=0)
    steps = (logs["down"] + logs["up"]).sum(axis=0)
    rows = []
    for barrier, times, span in spans:
        p, error = _fit(wrong[span], times, cells)
        exact = 2.0**-barrier
        made = int(steps[span][-1] - steps[span][0])
        overlap = 1 - 2 * wrong[span] / cells
        q = _flips(exact, np.diff(times))
        rows.append(
            {
                "barrier_bits": barrier,
                "sweeps": times.tolist(),
                "overlap": overlap.tolist(),
                "overlap_error": (2 * np.sqrt(_flips(exact, times) * (1 - _flips(exact, times)) / cells)).tolist(),
                "overlap_exact": (overlap[0] * (1 - 2 * exact) ** times).tolist(),
                "deviations": ((overlap[1:] - overlap[:-1] * (1 - 2 * q)) / (2 * np.sqrt(q * (1 - q) / cells))).tolist(),
                "lifetime_sweeps": 1 / p,
                "lifetime_error_sweeps": error / p**2,
                "steps": made,
                "attempts": int(cells * times[-1]),
            }
        )
    return {"cells": CELLS, "replicas": len(logs), "barriers": rows}


def checks(numbers: Numbers) -> list[Check]:
    """Lifetimes, their growth with the barrier, and every point of the decay."""
    found = []
    rows = numbers["barriers"]
    flip = "a cell without drive flips with probability 2^-E0 a sweep, exactly"
    for row in rows:
        exact = 2.0 ** row["barrier_bits"]
        at = f"E0 = {row['barrier_bits']} bits"
        found.append(
            Check(f"lifetime, {at}", row["lifetime_sweeps"], "=", exact, row["lifetime_error_sweeps"], "sweeps", flip)
        )
        spread = (row["attempts"] / exact * (1 - 1 / exact)) ** 0.5
        found.append(Check(f"flips while held, {at}", row["steps"], "=", row["attempts"] / exact, spread, "", flip))
    deviations = np.concatenate([row["deviations"] for row in rows])
    slope, error = _slope(rows)
    return [
        *found,
        Check("growth of log2 lifetime with E0", slope, "=", 1.0, error, "per bit", "lifetime 2^E0 sweeps"),
        chi_square_check(
            "overlap at each time, given the one before", deviations, "overlap falls by 1 - 2^(1 - E0) a sweep"
        ),
    ]


def _slope(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Of log2 lifetime against E0, by weighted least squares, with its standard error."""
    x = np.array([row["barrier_bits"] for row in rows], np.float64)
    lifetime = np.array([row["lifetime_sweeps"] for row in rows])
    weight = (np.array([row["lifetime_error_sweeps"] for row in rows]) / lifetime / np.log(2)) ** -2.0
    x -= weight @ x / weight.sum()
    return float((weight * x) @ np.log2(lifetime) / (weight @ x**2)), float((weight @ x**2) ** -0.5)


def figures(numbers: Numbers) -> list[Figure]:
    """Decay of the stored pattern; lifetime against the barrier."""
    import plotly.graph_objects as go
    from plotly.colors import sample_colorscale

    style = layout(480, top=100)
    rows = numbers["barriers"]
    decay = go.Figure(layout=style)
    for row, colour in zip(rows, sample_colorscale("Viridis", np.linspace(0, 0.85, len(rows)).tolist()), strict=True):
        name = f"E0 = {row['barrier_bits']}"
        t = np.geomspace(1, row["sweeps"][-1], 60)
        decay.add_scatter(
            x=t,
            y=row["overlap"][0] * (1 - 2 * 2.0 ** -row["barrier_bits"]) ** t,
            mode="lines",
            line={"color": colour, "width": 1.5},
            legendgroup=name,
            showlegend=False,
        )
        decay.add_scatter(
            x=row["sweeps"][1:],
            y=row["overlap"][1:],
            error_y={"array": row["overlap_error"][1:]},
            mode="markers",
            marker={"color": colour, "size": 7},
            name=name,
            legendgroup=name,
        )
    decay.update_xaxes(title="sweeps since the drive was removed", type="log", dtick=1)
    decay.update_yaxes(title="overlap with what was stored", range=[-0.05, 1.05])

    lifetime = go.Figure(layout=style)
    x = [row["barrier_bits"] for row in rows]
    lifetime.add_scatter(x=x, y=[2.0**e for e in x], name="2<sup>E0</sup>", mode="lines", line={"color": GREY, "width": 2})
    lifetime.add_scatter(
        x=x,
        y=[row["lifetime_sweeps"] for row in rows],
        error_y={"array": [row["lifetime_error_sweeps"] for row in rows]},
        name="fitted to the overlap",
        mode="markers",
        marker={"color": RED, "size": 11},
    )
    lifetime.add_scatter(
        x=x,
        y=[row["attempts"] / row["steps"] for row in rows],
        name="attempts for each flip",
        mode="markers",
        marker={"color": BLUE, "size": 13, "symbol": "circle-open", "line": {"width": 2}},
    )
    lifetime.update_xaxes(title="barrier E0 (bits)", dtick=1)
    lifetime.update_yaxes(title="mean lifetime (sweeps)", type="log", dtick=1)
    return [
        Figure("A stored pattern fades: its overlap with what was written, measured, and exact (lines).", decay),
        Figure("Mean lifetime of a stored bit: each bit of barrier doubles it.", lifetime),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Lifetimes."""
    rows = [
        [
            f"{row['barrier_bits']}",
            f"{row['lifetime_sweeps']:.3f} +- {row['lifetime_error_sweeps']:.3f}",
            f"{row['attempts'] / row['steps']:.3f}",
            f"{2 ** row['barrier_bits']}",
            f"{row['steps']:,}",
        ]
        for row in numbers["barriers"]
    ]
    head = ["E0, bits", "fitted to the overlap", "attempts for each flip", "2^E0", "flips"]
    return [Table("Mean lifetime of a stored bit, sweeps", head, rows)]


EXPERIMENT = Experiment(
    number=3,
    name="retention",
    title="Leak and retention",
    question=(
        "How long does a cell remember? A pattern is written with a strong drive and no barrier; then the drive is removed "
        "and the barrier raised to E0. Every cell now flips with probability 2^-E0 in each sweep, so that the overlap with "
        "what was stored decays as (1 - 2^(1 - E0))^t. The decay gives the mean lifetime of a stored bit, which must be "
        "2^E0 sweeps."
    ),
    reference="Chen et al., arXiv 2402.14878 (figs. 2B and 2C)",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
