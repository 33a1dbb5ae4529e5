"""Experiment 1: the update rate r(E0, dE) over a grid, and the region it cannot enter (arXiv 2402.14878, fig. 3A)."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limulator_sim.schedule import walk

from ..figure import BLUE, GREY, layout
from ..problem import Problem
from ..result import Result
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .master import acceptance

__all__ = ["CELLS", "EXPERIMENT", "RESET", "attempts_by_state", "chi_square_check", "free_cells", "rate_error"]

CELLS = 64

BARRIERS = (0.0, 0.7, 1.5, 3.0, 4.5, 6.0)
DIFFERENCES = (0.3, 0.7, 1.5, 3.0, 5.0, 8.0)
"""The grid: E0 and dE, bits."""

RESET = Stage(1, beta=0.0, barrier=1.0)
"""Every cell flips with probability exactly 1/2, and so is uniformly random again, whatever it was."""

_GATE = 9e-4
"""Largest relative error of the gate's probabilities, with the rounding of t (docs/array.md)."""


def free_cells() -> Problem:
    """Cells without couplings, c = 1: a step from 1 to 0 costs -1, so that beta is dE, and U counts the cells at 1."""
    return Problem(np.zeros((CELLS, CELLS)), np.ones(CELLS))


def attempts_by_state(result: Result) -> tuple[NDArray[np.int64], ...]:
    """For one-sweep stages of :func:`free_cells`, from the counters: attempts of cells at 1 and of cells at 0, steps down
    and steps up, each (replicas, stages). A sweep attempts every cell once, so that U before it counts the attempts at 1.
    """
    _, logs = result.trace
    high = logs["energy"][:, :-1]
    down, up = (np.diff(logs[name], axis=1) for name in ("down", "up"))
    return high, result.shape.cells - high, down, up


def rate_error(down: Any, up: Any, high: Any, low: Any) -> Any:
    """Standard error of the share of ``high`` attempts going down less that of ``low`` attempts going up, for exact
    probabilities ``down`` and ``up``.

    Given the state before a sweep its attempts are independent, so that attempts may be pooled over sweeps.
    """
    return np.sqrt(down * (1 - down) / high + up * (1 - up) / low)


def chi_square_check(what: str, deviations: Any, source: str) -> Check:
    """That the deviations, each in its own standard error, are independent and normal: neither too large nor too small.

    The cube root of chi-square is all but normal (Wilson and Hilferty, PNAS 17, 684, 1931).
    """
    z = np.asarray(deviations, np.float64)
    total, count = float(z @ z), len(z)
    spread = 2 / (9 * count)
    deviate = ((total / count) ** (1 / 3) - (1 - spread)) / spread**0.5
    note = f"chi-square {total:.1f} of {count}, as a normal deviate; {source}"
    return Check(what, deviate, "=", 0.0, 1.0, "standard deviations", note)


def measure(setting: Setting) -> Numbers:
    """One run: at each grid point the cells are made random, then attempted for a sweep, or more behind a barrier."""
    stages: list[Stage] = []
    points: list[tuple[float, float, slice]] = []
    for barrier in BARRIERS:
        for difference in DIFFERENCES:
            stages.append(RESET)
            first = len(stages)
            stages += [Stage(1, difference, barrier)] * ceil(2**barrier / 4)
            points.append((barrier, difference, slice(first, len(stages))))
    result = setting.solve(free_cells(), Stages(stages), replicas=setting.pick(500, 20_000))
    knobs = list(walk(result.shape, result.segments))
    totals = np.array([counts.sum(axis=0) for counts in attempts_by_state(result)])
    rows = []
    for barrier, difference, span in points:
        high, low, down, up = (int(count) for count in totals[:, span].sum(axis=1))
        p_down, p_up = acceptance(result.shape, knobs[span.start], [-1, 1]).tolist()
        rows.append(
            {
                "barrier_bits": barrier,
                "difference_bits": difference,
                "attempts_high": high,
                "attempts_low": low,
                "down": down,
                "up": up,
                "rate": down / high - up / low,
                "rate_error": float(rate_error(p_down, p_up, high, low)),
                "rate_exact": p_down - p_up,
                "rate_formula": 2**-barrier * (1 - 2**-difference),
            }
        )
    return {"cells": CELLS, "replicas": len(result.outcomes), "points": rows}


def checks(numbers: Numbers) -> list[Check]:
    """Every point against the formula, and all of them together against the gate's exact probabilities."""
    points = numbers["points"]
    found = [
        Check(
            f"r at E0 = {p['barrier_bits']:g}, dE = {p['difference_bits']:g} bits",
            p["rate"],
            "=",
            p["rate_formula"],
            p["rate_error"],
            "steps per attempt",
            "r = 2^-E0 (1 - 2^-dE), arXiv 2402.14878; slack: the gate's rounding",
            _GATE * 2 ** -p["barrier_bits"] * (1 + 2 ** -p["difference_bits"]),
        )
        for p in points
    ]
    deviations = [(p["rate"] - p["rate_exact"]) / p["rate_error"] for p in points]
    return [*found, chi_square_check("r over the grid", deviations, "the gate's exact probabilities (docs/array.md)")]


def figures(numbers: Numbers) -> list[Figure]:
    """r against E0 beside the inadmissible region; r / 2^-E0 against dE, where all barriers fall together."""
    import plotly.graph_objects as go
    from plotly.colors import sample_colorscale

    points = numbers["points"]
    barriers, differences = (sorted({p[key] for p in points}) for key in ("barrier_bits", "difference_bits"))
    style = layout(520, top=100)

    def shades(count: int) -> list[str]:
        return list(sample_colorscale("Viridis", np.linspace(0, 0.85, count).tolist()))

    rate = go.Figure(layout=style)
    lowest, highest = 2.0**-9, 2.0
    x = np.linspace(0, max(barriers), 61)
    edge = {"x": x, "showlegend": False, "hoverinfo": "skip"}
    rate.add_scatter(y=2**-x, mode="lines", line={"color": GREY, "width": 1, "dash": "dash"}, **edge)
    rate.add_scatter(y=0 * x + highest, fill="tonexty", fillcolor="rgba(138,143,152,0.3)", mode="none", **edge)
    # plotly wants the logarithm here
    rate.add_annotation(x=4, y=np.log10(0.7), text="inadmissible, r >= 2<sup>-E0</sup>", showarrow=False)
    collapse = go.Figure(layout=style)
    d = np.linspace(0, max(differences), 161)
    collapse.add_scatter(x=d, y=1 - 2**-d, name="1 - 2<sup>-dE</sup>", mode="lines", line={"color": BLUE, "width": 2})
    collapse.add_hrect(y0=1, y1=1.15, fillcolor=GREY, opacity=0.3, line_width=0, annotation_text="inadmissible")

    for difference, colour in zip(differences, shades(len(differences)), strict=True):
        chosen = [p for p in points if p["difference_bits"] == difference]
        name = f"dE = {difference:g}"
        line = {"color": colour, "width": 1.5}
        rate.add_scatter(x=x, y=2**-x * (1 - 2**-difference), line=line, mode="lines", legendgroup=name, showlegend=False)
        rate.add_scatter(
            x=[p["barrier_bits"] for p in chosen],
            y=[p["rate"] for p in chosen],
            error_y={"array": [p["rate_error"] for p in chosen]},
            mode="markers",
            marker={"color": colour, "size": 8},
            name=name,
            legendgroup=name,
        )
    for barrier, colour in zip(barriers, shades(len(barriers)), strict=True):
        chosen = [p for p in points if p["barrier_bits"] == barrier]
        collapse.add_scatter(
            x=[p["difference_bits"] for p in chosen],
            y=[p["rate"] * 2**barrier for p in chosen],
            error_y={"array": [p["rate_error"] * 2**barrier for p in chosen]},
            mode="markers",
            marker={"color": colour, "size": 8},
            name=f"E0 = {barrier:g}",
        )
    powers = list(range(-8, 1, 2))
    rate.update_xaxes(title="barrier E0 (bits)")
    rate.update_yaxes(
        title="update rate r (steps per attempt)",
        type="log",
        range=np.log10([lowest, highest]).tolist(),
        tickvals=[2.0**k for k in powers],
        ticktext=[f"2<sup>{k}</sup>" if k else "1" for k in powers],
    )
    collapse.update_xaxes(title="energy difference dE (bits)")
    collapse.update_yaxes(title="r / 2<sup>-E0</sup>", range=[0, 1.15])
    return [
        Figure(
            "Update rate against the barrier for energy differences dE (bits): measured, with standard errors, and the "
            "formula 2^-E0 (1 - 2^-dE). No drive, however strong, brings it into the grey region.",
            rate,
        ),
        Figure(
            "The same rates in units of 2^-E0: the energy difference alone decides how near a cell comes to its limit.",
            collapse,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """The grid, measured and exact."""
    rows = [
        [
            f"{p['barrier_bits']:g}",
            f"{p['difference_bits']:g}",
            f"{p['attempts_high'] + p['attempts_low']:,}",
            f"{p['rate']:.5f} +- {p['rate_error']:.5f}",
            f"{p['rate_exact']:.5f}",
            f"{p['rate_formula']:.5f}",
        ]
        for p in numbers["points"]
    ]
    head = ["E0, bits", "dE, bits", "attempts", "r, measured", "r, of this gate", "2^-E0 (1 - 2^-dE)"]
    return [Table("Update rate, steps per attempt", head, rows)]


EXPERIMENT = Experiment(
    number=1,
    name="rate",
    title="Update rate",
    question=(
        "How fast does a cell learn? It steps downhill with probability 2^-E0, the barrier's, uphill with 2^-(E0 + dE); "
        "the difference is its net update rate r = 2^-E0 (1 - 2^-dE), which can never reach 2^-E0. Independent cells are "
        "made random and attempted once or a few times at each barrier E0 and energy difference dE; r is the share of "
        "attempts at a high cell that step down less the share of attempts at a low cell that step up, both from the "
        "counters."
    ),
    reference="Chen et al., arXiv 2402.14878 (fig. 3A); Wilson and Hilferty 1931",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
