"""Experiment 9: box-constrained quadratic programs against an exact solver, by precision and by heat."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..box import BoxQP
from ..energy.estimate import mean_of
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..schedule import Schedule, beta_range
from ..stages import Stage, Stages
from .experiment import Check, Experiment, Figure, Numbers, Setting, Table

__all__ = ["EXPERIMENT", "random_qp"]

CELLS = 8
HEAT_BITS = 4
"""Precision at which objective and heat are traded."""

STAGES = 24
"""beta rises by the same factor in each. A variable relaxes in a time that goes as 1 / beta, and least heat wants stages as
long as the square root of that (Sivak and Crooks, Phys. Rev. Lett. 108, 190602, 2012)."""

KKT = 1e-10


def random_qp(seed: int = 6) -> BoxQP:
    """A dense convex problem over the unit box; its coefficients are integers of 8 bits, so that nothing is rounded."""
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(CELLS, 2 * CELLS))
    P = root @ root.T
    P = np.rint(P * 127 / np.abs(P).max())
    return BoxQP(P, -np.rint(P @ generator.uniform(-0.2, 1.2, CELLS)), 0.0, 1.0)


def measure(setting: Setting) -> Numbers:
    """Solve at several precisions; then trade the objective for heat at several speeds."""
    qp = random_qp()
    exact = float(qp.objective(qp.minimum))
    precision = []
    for k, bits in enumerate(setting.pick((2, 4, 6, 8, 10), (2, 4, 6, 8, 10, 12))):
        problem = qp.problem(bits)
        schedule = Schedule.automatic(problem, max(128, 16 << bits))
        result = setting.solve(problem, schedule, replicas=64, seed=1000 * k)
        gaps = qp.objective(qp.values(np.stack([outcome.x for outcome in result.outcomes]), bits)) - exact
        precision.append(
            {
                "bits": bits,
                "sweeps": schedule.sweeps,
                "gap": list(mean_of(gaps)),
                "gap_best": float(gaps.min()),
                "gap_lattice": float(qp.objective(qp.values(qp.lattice_minimum(bits), bits)) - exact),
                "gap_bound": qp.rounding_gap(bits),
                "reached": float(np.mean(gaps <= gaps.min() * (1 + 1e-9))),
                "heat_bits": list(mean_of(result.heat_bits)),
            }
        )
    speeds = [
        _speed(setting, qp, sweeps, 100_000 + 10_000 * k)
        for k, sweeps in enumerate(setting.pick((25, 100, 400, 1600), (25, 100, 400, 1600, 6400)))
    ]
    return {
        "cells": CELLS,
        "objective": exact,
        "kkt_residual": qp.kkt_residual(qp.minimum),
        "at_bounds": int(np.sum((qp.minimum == qp.lb) | (qp.minimum == qp.ub))),
        "precision": precision,
        "heat_precision": HEAT_BITS,
        "gap_lattice": float(qp.objective(qp.values(qp.lattice_minimum(HEAT_BITS), HEAT_BITS)) - exact),
        "speeds": speeds,
    }


def _speed(setting: Setting, qp: BoxQP, sweeps: int, seed: int) -> dict[str, Any]:
    """Objective and heat after each stage of a slow rise of beta from where it is hardly felt to where nothing moves."""
    problem = qp.problem(HEAT_BITS)
    low, high = beta_range(problem)
    betas = np.geomspace(low / 100, high, STAGES + 1)
    lengths = sweeps * betas[:-1] ** -0.5 / np.sum(betas[:-1] ** -0.5)
    schedule = Stages(
        Stage(max(1, round(length)), begin, beta_end=end)
        for length, begin, end in zip(lengths, betas, betas[1:], strict=False)
    )
    result = setting.solve(problem, schedule, replicas=setting.pick(256, 1024), seed=seed)
    logs = np.stack([outcome.log for outcome in result.outcomes])[:, 1:]
    gaps = problem.scale * logs["energy"] + problem.offset - qp.objective(qp.minimum)
    heats = logs["heat"] * 2.0**-result.shape.beta_frac
    points = []
    for gap, heat in zip(gaps.T, heats.T, strict=True):
        mean = mean_of(gap)
        entropy = [qp.entropy_bits(mean.value * factor, HEAT_BITS) for factor in (1.0, 1.001)]
        slope = (entropy[1] - entropy[0]) / (0.001 * mean.value)
        bound = CELLS * HEAT_BITS - entropy[0]
        points.append(
            {
                "gap": list(mean),
                "heat_bits": list(mean_of(heat)),
                "bound_bits": bound,
                "excess_bits": list(mean_of(heat + slope * gap)),
            }
        )
    return {"sweeps": schedule.sweeps, "points": points}


def checks(numbers: Numbers) -> list[Check]:
    """The exact reference; the best of the lattice; its bound; the second law at every record."""
    found = [Check("KKT residual of the exact minimum", numbers["kkt_residual"], "<=", KKT, source="BVLS (scipy)")]
    precision = numbers["precision"]
    scale = abs(numbers["objective"])
    rounding = "1/8 sum |P_ij| h**2 over what is not at a bound"
    for entry in precision:
        bits = entry["bits"]
        lattice = entry["gap_lattice"] / scale
        found += [
            Check(
                f"best relative gap at {bits} bits",
                entry["gap_best"] / scale,
                "=",
                lattice,
                slack=1e-12,
                source="exact minimum over the states (branch and bound); rounding of doubles",
            ),
            Check(
                f"relative gap of the best state, {bits} bits", lattice, "<=", entry["gap_bound"] / scale, source=rounding
            ),
        ]
    for coarse, fine in zip(precision, precision[1:], strict=False):
        what = f"mean gap at {fine['bits']} bits, below that at {coarse['bits']}"
        error = float(np.hypot(coarse["gap"][1], fine["gap"][1])) / scale
        found.append(Check(what, fine["gap"][0] / scale, "<=", coarse["gap"][0] / scale, error))
    for speed in numbers["speeds"]:
        felt = [point for point in speed["points"] if point["bound_bits"] > 1] or speed["points"]
        worst = min(felt, key=lambda point: point["heat_bits"][0] - point["bound_bits"])
        found.append(
            Check(
                f"least heat above its bound, {speed['sweeps']} sweeps",
                worst["heat_bits"][0],
                ">=",
                worst["bound_bits"],
                worst["excess_bits"][1],
                unit="bits",
                source="second law, with the most entropy that the mean objective allows",
            )
        )
    fast, slow = (numbers["speeds"][k]["points"][-1]["heat_bits"] for k in (0, -1))
    error = float(np.hypot(fast[1], slow[1]))
    found.append(Check("heat of the slowest run, below the fastest", slow[0], "<=", fast[0], error, unit="bits"))
    return found


def _bars(axis: str, estimates: list[list[float]], scale: float = 1.0) -> dict[str, Any]:
    """Means and their error bars, along an axis."""
    means, errors = np.array(estimates).T / scale
    return {axis: means.tolist(), f"error_{axis}": {"array": errors.tolist()}}


def figures(numbers: Numbers) -> list[Figure]:
    """Gap against precision, and gap against heat."""
    import plotly.graph_objects as go

    style = layout(480)
    powers = {"type": "log", "exponentformat": "power", "showexponent": "all", "dtick": 1}
    scale = abs(numbers["objective"])
    precision = numbers["precision"]
    bits = [entry["bits"] for entry in precision]
    by_bits = go.Figure(layout=style)
    mean = [entry["gap"] for entry in precision]
    bound, lattice = ([entry[key] / scale for entry in precision] for key in ("gap_bound", "gap_lattice"))
    by_bits.add_scatter(x=bits, y=bound, name="bound", mode="lines", line={"color": GREY, "dash": "dash"})
    by_bits.add_scatter(x=bits, **_bars("y", mean, scale), name="mean of 64 runs", mode="markers", marker={"color": RED})
    ring = {"color": BLUE, "size": 14, "symbol": "circle-open", "line": {"width": 2}}
    by_bits.add_scatter(x=bits, y=lattice, name="best state", mode="markers", marker=ring)
    by_bits.update_xaxes(title="bits per cell", dtick=2)
    by_bits.update_yaxes(title="relative gap to the exact minimum", **powers)

    by_heat = go.Figure(layout=style)
    colours = (RED, "#d9a441", GREEN, BLUE, "#6a4fa3")
    for speed, colour in zip(numbers["speeds"], colours, strict=False):
        points = speed["points"]
        by_heat.add_scatter(
            **_bars("x", [point["heat_bits"] for point in points]),
            **_bars("y", [point["gap"] for point in points], scale),
            name=f"{speed['sweeps']} sweeps",
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
        )
    limit = sorted((p["gap"][0] / scale, p["bound_bits"]) for p in numbers["speeds"][-1]["points"] if p["bound_bits"] > 1)
    by_heat.add_scatter(
        x=[bits for _, bits in limit],
        y=[gap for gap, _ in limit],
        name="second law",
        mode="lines",
        line={"color": GREY, "dash": "dash", "width": 2},
    )
    by_heat.add_hline(y=numbers["gap_lattice"] / scale, line={"color": GREY, "dash": "dot"})
    by_heat.update_xaxes(title="heat (bits of kT ln 2)", type="log", range=[0, 3.6], dtick=1)
    by_heat.update_yaxes(title="relative gap to the exact minimum", **powers)
    return [
        Figure(
            "Objective above the exact minimum, as a share of it, against the precision of a cell. Each bit divides the "
            "cost of rounding by four; the array finds the best state there is.",
            by_bits,
        ),
        Figure(
            f"Objective against heat at {numbers['heat_precision']} bits while beta rises. The slower, the nearer to the "
            "least heat that the second law allows for that mean objective (dashed). Dotted: the best state.",
            by_heat,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Precision, and speed."""
    scale = abs(numbers["objective"])

    def shown(entry: dict[str, Any]) -> tuple[str, str]:
        gap, heat = entry["gap"], entry["heat_bits"]
        return (
            f"{gap[0] / scale:.3e} +- {gap[1] / scale:.0e}",
            f"{heat[0]:.1f} +- {heat[1]:.1f}",
        )

    precision = []
    for entry in numbers["precision"]:
        exact = [f"{entry[key] / scale:.3e}" for key in ("gap_lattice", "gap_bound")]
        gap, heat = shown(entry)
        precision.append([str(entry["bits"]), str(entry["sweeps"]), gap, *exact, f"{entry['reached']:.0%}", heat])
    ends = [(speed["sweeps"], speed["points"][-1]) for speed in numbers["speeds"]]
    speeds = [[str(sweeps), *shown(end), f"{end['bound_bits']:.1f}"] for sweeps, end in ends]
    return [
        Table(
            f"{numbers['cells']} variables, {numbers['at_bounds']} of them at a bound; relative gaps",
            ["bits", "sweeps", "mean gap", "exact, on the lattice", "bound", "runs that reach it", "heat, bits"],
            precision,
        ),
        Table(
            f"The end of a slow rise of beta, {numbers['heat_precision']} bits",
            ["sweeps", "mean gap", "heat, bits", "second law, bits"],
            speeds,
        ),
    ]


EXPERIMENT = Experiment(
    number=9,
    name="box_qp",
    title="Box-constrained quadratic programs",
    question=(
        "How well does an array solve a convex quadratic program over a box, and what does precision cost? A dense random "
        "problem is mapped to cells of b bits and annealed. The objective is compared with the exact minimum of an "
        "active-set solver, with the best state of all, found by branch and bound, and, against heat, with the second law."
    ),
    reference=(
        "Stark and Parker, Comput. Stat. 10, 129 (1995): bounded least squares; Schnorr and Euchner, Math. Program. 66, "
        "181 (1994): branch and bound on lattices; Landauer 1961; arXiv 2402.14878"
    ),
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
)
