"""Experiment 4: two parameters that learn, and then stay or leak away (arXiv 2402.14878, fig. 4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limulator_sim.schedule import walk

from ..energy.estimate import mean_of
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .master import acceptance

__all__ = ["EXPERIMENT", "bowl", "state_of", "walk_law"]

BITS = 8

MINIMUM = (170, 80)
"""W*."""

FORCES = np.array([[2, 1], [1, 2]])
"""A."""

UNIT = 1 << 2 * BITS
"""Energy units in one unit of the objective: what is below tells the state apart."""

BETA = 0.25
"""Bits per unit of the objective."""

LEARN = [Stage(25, BETA / UNIT)] * 40
"""From anywhere in the box: a step of one in every other sweep."""

ARMS = {"barrier raised": 16.0, "barrier low": 1.0}
"""E0 once the drive is removed, bits."""

_COLOURS = dict(zip(ARMS, (GREEN, RED), strict=True))

GATE_SHIFT = 4e-5
"""Share by which the gate's rounding raises the mean of beta times the objective in the stationary state, at most. Each
acceptance is within 9e-4 of 2^-t (docs/array.md); the errors have either sign and nearly cancel: in the law that the
machine's own acceptances leave as it is, the mean is 3.6e-5 too high (tests/host/experiments/test_contour.py)."""

PATHS = 5
"""Replicas that are drawn."""

ENOUGH = 30
"""Replicas that must have moved, or have stayed, by the exact law before a mean over them is checked: it is normal then."""


def bowl() -> Problem:
    """1/2 (W - W*)^T A (W - W*), A = [[2, 1], [1, 2]], in units of 2**16, plus W_1 + 2**8 W_2.

    That slight tilt, at most 2**-8 of a unit of force, makes the low 16 bits of an energy the address of its state, so that
    the energy in each record tells where the parameters are.
    """
    target = np.array(MINIMUM)
    # E has 1/2 Q_ii x (x - 1) where the objective has 1/2 Q_ii x**2
    linear = UNIT * (FORCES.diagonal() // 2 - FORCES @ target) + np.array([1, 1 << BITS])
    return Problem(UNIT * FORCES, linear, BITS, name="bowl", scale=1 / UNIT, offset=float(target @ FORCES @ target) / 2)


def state_of(energy: NDArray[np.int64]) -> NDArray[np.int64]:
    """The state with this energy of :func:`bowl`: (..., 2)."""
    return np.stack([energy, energy >> BITS], axis=-1) & ((1 << BITS) - 1)


def walk_law(p: float, sweeps: int) -> NDArray[np.float64]:
    """Exact law of a cell without drive after so many sweeps, (from, to): a step up or down with probability p / 2 each,
    none out of the box.
    """
    size = 1 << BITS
    one = np.diag(np.full(size, 1 - p)) + (p / 2) * (np.eye(size, k=1) + np.eye(size, k=-1))
    one[0, 0] = one[-1, -1] = 1 - p / 2
    return np.linalg.matrix_power(one, sweeps)


def measure(setting: Setting) -> Numbers:
    """Two runs with the same seeds, so the same learning: then without drive, behind a high and behind a low barrier."""
    problem = bowl()
    times = np.unique(np.rint(np.geomspace(1, setting.pick(8192, 65536), 25)).astype(int)).tolist()
    replicas = setting.pick(500, 10_000)
    found: Numbers = {"replicas": replicas, "minimum": list(MINIMUM), "bits": BITS, "beta_bits": BETA, "arms": []}
    for name, barrier in ARMS.items():
        hold = [Stage(length, 0.0, barrier) for length in np.diff(times, prepend=0).tolist()]
        result = setting.solve(problem, Stages([*LEARN, *hold]), replicas=replicas)
        states = state_of(result.trace[1]["energy"])
        start, held = states[:, len(LEARN)], np.moveaxis(states[:, len(LEARN) + 1 :], 1, 0)
        knobs = list(walk(result.shape, result.segments))
        p = float(acceptance(result.shape, knobs[-1], 0))
        points = [_point(t, start, now, walk_law(p, t)) for t, now in zip(times, held, strict=True)]
        arm = {"name": name, "barrier_bits": barrier, "points": points, "paths": states[:PATHS, len(LEARN) :].tolist()}
        found["arms"].append(arm)
    # both runs learned the same
    learned = BETA * np.asarray(problem.value(start))
    found["learning"] = states[:PATHS, : len(LEARN) + 1].tolist()
    found["learned_bits"], found["learned_error_bits"] = mean_of(learned)
    found["thermal_bits"] = _thermal_bits(problem)
    return found


def _point(sweeps: int, start: NDArray[np.int64], now: NDArray[np.int64], law: NDArray[np.float64]) -> dict[str, Any]:
    """Squared distance from W*, and the share of replicas that are where they were, beside the exact law of the same start.

    Standard errors are those of the exact law.
    """
    replicas = len(start)
    squares = (np.arange(1 << BITS) - np.array(MINIMUM)[:, None]) ** 2  # (cells, states)
    mean = law @ squares.T
    variance = law @ squares.T**2 - mean**2
    cell = np.arange(2)
    stay = law.diagonal()[start].prod(axis=1)
    return {
        "sweeps": sweeps,
        "distance2": float(((now - MINIMUM) ** 2).sum(axis=1).mean()),
        "distance2_error": float((variance[start, cell].sum() ** 0.5) / replicas),
        "distance2_exact": float(mean[start, cell].sum() / replicas),
        "kept": float((now == start).all(axis=1).mean()),
        "kept_error": float((stay * (1 - stay)).sum() ** 0.5 / replicas),
        "kept_exact": float(stay.mean()),
    }


def _thermal_bits(problem: Problem) -> float:
    """Exact mean of beta times the objective in the thermal state, by enumeration."""
    value = BETA * np.asarray(problem.value(np.indices((1 << BITS, 1 << BITS)).reshape(2, -1).T))
    weight = np.exp2(value.min() - value)
    return float(weight @ value / weight.sum())


def checks(numbers: Numbers) -> list[Check]:
    """What was learned is thermal; it stays or leaks as the master equation says."""
    learned, thermal, error = (numbers[f"{key}_bits"] for key in ("learned", "thermal", "learned_error"))
    source, slack = "Boltzmann, by enumeration; slack: the gate's rounding, exactly", GATE_SHIFT * thermal
    found = [Check("beta times the objective, learned", learned, "=", thermal, error, "bits", source, slack)]
    law = "master equation of a free walk between walls"
    for arm in numbers["arms"]:
        counted = [p for p in arm["points"] if numbers["replicas"] * (1 - p["kept_exact"]) >= ENOUGH]
        for p in counted[::-4]:
            at = f"{arm['name']}, {p['sweeps']} sweeps"
            if numbers["replicas"] * p["kept_exact"] >= ENOUGH:
                found.append(Check(f"still in place, {at}", p["kept"], "=", p["kept_exact"], p["kept_error"], "", law))
            distance, exact, error = p["distance2"], p["distance2_exact"], p["distance2_error"]
            found.append(Check(f"squared distance from W*, {at}", distance, "=", exact, error, "steps^2", law))
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """The plane of both parameters with paths; the squared distance from W* against the sweeps."""
    import plotly.graph_objects as go

    style = layout(560, left=65)
    x = np.arange(0, 1 << BITS, 5)
    away = np.stack(np.meshgrid(x, x), axis=-1) - np.array(MINIMUM)
    objective = np.einsum("abi,ij,abj->ab", away, FORCES, away) / 2
    plane = go.Figure(layout=style)
    plane.add_contour(
        x=x,
        y=x,
        z=np.sqrt(objective),
        colorscale="Greys",
        opacity=0.5,
        showscale=False,
        contours={"start": 0, "end": 250, "size": 25},
        line={"width": 0.5},
        hoverinfo="skip",
    )
    high, low = numbers["arms"]
    star = {"symbol": "star", "size": 16, "color": "black"}
    plane.add_scatter(x=MINIMUM[:1], y=MINIMUM[1:], mode="markers", marker=star, name="W*")
    for name, paths, colour in (("learning", numbers["learning"], BLUE), (low["name"], low["paths"], RED)):
        # one trace, with a gap after each path
        w1, w2 = np.pad(np.array(paths, np.float64), ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2).T
        line = {"color": colour, "width": 1.5}
        plane.add_scatter(x=w1, y=w2, mode="lines+markers", line=line, marker={"size": 4}, name=name)
    w1, w2 = np.transpose([path[-1] for path in high["paths"]]).tolist()
    marker = {"color": GREEN, "size": 8, "line": {"width": 1, "color": "white"}}
    plane.add_scatter(x=w1, y=w2, mode="markers", marker=marker, name=high["name"])
    plane.update_xaxes(title="parameter W<sub>1</sub>", range=[0, (1 << BITS) - 1])
    plane.update_yaxes(title="parameter W<sub>2</sub>", range=[0, (1 << BITS) - 1])

    leak = go.Figure(layout=style | {"height": 460})
    for arm in numbers["arms"]:
        colour, points = _COLOURS[arm["name"]], arm["points"]
        t = [p["sweeps"] for p in points]
        exact = [p["distance2_exact"] for p in points]
        leak.add_scatter(x=t, y=exact, mode="lines", line={"color": colour, "width": 2}, showlegend=False)
        leak.add_scatter(
            x=t,
            y=[p["distance2"] for p in points],
            error_y={"array": [p["distance2_error"] for p in points]},
            mode="markers",
            marker={"color": colour, "size": 8},
            name=f"{arm['name']}, E0 = {arm['barrier_bits']:g}",
        )
    forgotten = sum(float(np.mean((np.arange(1 << BITS) - w) ** 2)) for w in MINIMUM)
    line = {"color": GREY, "dash": "dash"}
    leak.add_scatter(x=t[:: len(t) - 1], y=[forgotten] * 2, mode="lines", line=line, name="all forgotten")
    leak.update_xaxes(title="sweeps since the drive was removed", type="log", dtick=1)
    leak.update_yaxes(title="squared distance from W* (steps<sup>2</sup>)", type="log", dtick=1)
    return [
        Figure(
            "Five runs on the contours of the objective: learning from random starts; "
            f"{low['points'][-1]['sweeps']} sweeps without drive and with the barrier low; where they are after as many "
            "with the barrier raised.",
            plane,
        ),
        Figure("Mean squared distance from W* once the drive is removed: measured, and exact (lines).", leak),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """The leak, every fourth point and the last."""
    rows = [
        [
            arm["name"],
            f"{p['sweeps']}",
            f"{p['distance2']:.2f} +- {p['distance2_error']:.2f}",
            f"{p['distance2_exact']:.2f}",
            f"{p['kept']:.3f} +- {p['kept_error']:.3f}",
            f"{p['kept_exact']:.3f}",
        ]
        for arm in numbers["arms"]
        for p in arm["points"][::-4][::-1]
    ]
    head = ["without drive", "sweeps", "squared distance from W*, steps^2", "exact", "still in place", "exact"]
    return [Table("Two parameters once the drive is removed", head, rows)]


EXPERIMENT = Experiment(
    number=4,
    name="contour",
    title="Two parameters on a contour plot",
    question=(
        "What happens to what was learned once learning stops? Two parameters of 8 bits are driven down a bowl to its "
        "minimum W*. Then the drive is removed. Behind a raised barrier they stay where they are; behind a low one they "
        "wander off at random, and the squared distance from W* grows as that of a free walk between the walls of the "
        "box, which is known exactly."
    ),
    reference="Chen et al., arXiv 2402.14878 (fig. 4)",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
