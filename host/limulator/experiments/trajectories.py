"""Experiment 2: learning trajectories in the (dE, E0) plane and what they cost (arXiv 2402.14878, fig. 3B)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from limulator_sim.schedule import walk

from ..energy import finite_rate_bits
from ..energy.estimate import jackknife_all, mean_of
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .master import acceptance, solve_master
from .rate import CELLS, RESET, attempts_by_state, chi_square_check, free_cells, rate_error

__all__ = ["EXPERIMENT"]

SWEEPS = 80

TRAJECTORIES = {
    "barrier rises": ((3.0, 8.0), (4.0, 4.0)),
    "dE falls": ((4.0, 4.0), (6.0, 0.5)),
    "both": ((3.0, 8.0), (6.0, 0.5)),
}
"""E0 and dE in the first and in the last sweep, bits."""

_COLOURS = dict(zip(TRAJECTORIES, (BLUE, RED, GREEN), strict=True))


def measure(setting: Setting) -> Numbers:
    """One run: the cells are made random, then led along each trajectory, one record a sweep."""
    stages: list[Stage] = []
    paths = {name: np.column_stack([np.linspace(*knob, SWEEPS) for knob in ends]) for name, ends in TRAJECTORIES.items()}
    for path in paths.values():
        stages += [RESET, *(Stage(1, difference, barrier) for barrier, difference in path.tolist())]
    result = setting.solve(free_cells(), Stages(stages), replicas=setting.pick(500, 20_000))
    knobs = list(walk(result.shape, result.segments))
    counts = attempts_by_state(result)
    heat = result.trace[1]["heat"] * 2.0**-result.shape.beta_frac / CELLS
    final = result.trace[1]["energy"] / CELLS
    found: Numbers = {"cells": CELLS, "replicas": len(heat), "trajectories": []}
    for k, (name, path) in enumerate(paths.items()):
        span = slice(k * (SWEEPS + 1) + 1, (k + 1) * (SWEEPS + 1))
        exact = solve_master(result.shape, Problem([[0]], [1]), result.segments[span])
        p_down, p_up = np.transpose([acceptance(result.shape, knob, [-1, 1]) for knob in knobs[span]])
        high, low, down, up = (count[:, span] for count in counts)
        rate = down.sum(axis=0) / high.sum(axis=0) - up.sum(axis=0) / low.sum(axis=0)
        net = exact.down - exact.up
        # the gate's own largest probability, in place of 2**-E0, which it misses by its rounding
        barrier = -np.log2(p_down)
        drop = 1.0 - exact.entropy_bits
        spent = heat[:, span.stop] - heat[:, span.start]
        found["trajectories"].append(
            {
                "name": name,
                "barrier_bits": path[:, 0].tolist(),
                "difference_bits": path[:, 1].tolist(),
                "rate": rate.tolist(),
                "rate_error": rate_error(p_down, p_up, high.sum(axis=0), low.sum(axis=0)).tolist(),
                "rate_exact": (p_down - p_up).tolist(),
                "net": ((down - up).mean(axis=0) / CELLS).tolist(),
                "net_error": np.sqrt((exact.down + exact.up - net**2) / high.shape[0] / CELLS).tolist(),
                "net_exact": net.tolist(),
                "occupation": float(final[:, span.stop].mean()),
                "occupation_exact": float(exact.law[1]),
                "heat_bits": list(mean_of(spent)),
                "heat_exact_bits": exact.heat_bits,
                "entropy_drop_bits": drop,
                "finite_rate_exact_bits": float(finite_rate_bits(exact.down, exact.up, barrier).sum()),
                **_bound(spent, down / CELLS, up / CELLS, barrier, drop),
            }
        )
    return found


def _bound(spent: Any, down: NDArray[Any], up: NDArray[Any], barrier: Any, drop: float) -> dict[str, list[float]]:
    """The finite-rate term of the bound, and what the heat is above the whole bound: bits a cell, and standard errors."""
    samples = np.column_stack([down, up, spent])

    def evaluate(means: NDArray[np.float64]) -> NDArray[np.float64]:
        speed = finite_rate_bits(means[:, :SWEEPS], means[:, SWEEPS:-1], barrier).sum(axis=1)
        return np.column_stack([speed, means[:, -1] - drop - speed])

    values, errors = jackknife_all(evaluate, samples)
    speed, margin = np.transpose([values, errors]).tolist()
    return {"finite_rate_bits": speed, "margin_bits": margin}


def checks(numbers: Numbers) -> list[Check]:
    """Rates and occupation along each trajectory against the master equation; heat against it, and against the bounds."""
    found = []
    exact = "master equation with the gate's exact probabilities"
    ours = "finite-rate bound (our derivation)"
    attempts = numbers["replicas"] * numbers["cells"]
    for t in numbers["trajectories"]:
        name, p = t["name"], t["occupation_exact"]
        heat, error = t["heat_bits"]
        z = (np.array(t["rate"]) - t["rate_exact"]) / t["rate_error"]
        error_p = (p * (1 - p) / attempts) ** 0.5
        drop, limit = t["entropy_drop_bits"], t["entropy_drop_bits"] + t["finite_rate_exact_bits"]
        margin = t["margin_bits"]
        found += [
            chi_square_check(f"r along the path, {name}", z, exact),
            Check(f"cells still at 1, {name}", t["occupation"], "=", p, error_p, "", exact),
            Check(f"heat, {name}", heat, "=", t["heat_exact_bits"], error, "bits a cell", exact),
            Check(f"heat above Landauer, {name}", heat, ">=", drop, error, "bits a cell", "Landauer: S_i - S_f"),
            Check(f"heat less bound, {name}", margin[0], ">=", 0.0, margin[1], "bits a cell", ours),
            Check(f"exact heat above exact bound, {name}", t["heat_exact_bits"], ">=", limit, 0.0, "bits a cell", ours),
        ]
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """The plane with the trajectories; the rates along them; heat beside its bounds."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    style = layout(500)
    trajectories = numbers["trajectories"]
    plane = go.Figure(layout=style)
    difference, barrier = np.linspace(0.1, 7, 70), np.linspace(0, 9, 91)
    log2_rate = np.log2(1 - 2**-difference)[None, :] - barrier[:, None]
    plane.add_contour(
        x=difference,
        y=barrier,
        z=log2_rate,
        colorscale="Greys_r",
        opacity=0.6,
        contours={"start": -12, "end": 0, "size": 1},
        line={"width": 0.5},
        colorbar={"title": "log<sub>2</sub> r", "thickness": 12},
    )
    rates = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.07)
    rates.update_layout(layout(640))
    sweeps = np.arange(1, SWEEPS + 1)
    for t in trajectories:
        line = {"color": _COLOURS[t["name"]], "width": 2}
        x, y = t["difference_bits"], t["barrier_bits"]
        plane.add_scatter(x=x, y=y, name=t["name"], line=line | {"width": 4}, mode="lines")
        plane.add_scatter(
            x=x[-1:],
            y=y[-1:],
            marker={"color": line["color"], "size": 14, "symbol": "circle", "line": {"width": 2, "color": "white"}},
            mode="markers",
            showlegend=False,
        )
        for row, key in ((1, "rate"), (2, "net")):
            common = {"legendgroup": t["name"], "row": row, "col": 1}
            rates.add_scatter(x=sweeps, y=t[f"{key}_exact"], line=line, mode="lines", showlegend=False, **common)
            rates.add_scatter(
                x=sweeps[::4],
                y=t[key][::4],
                error_y={"array": t[f"{key}_error"][::4]},
                mode="markers",
                marker={"color": line["color"], "size": 7},
                name=t["name"],
                showlegend=row == 1,
                **common,
            )
    plane.update_xaxes(title="energy difference dE (bits)", range=[0.1, 7])
    plane.update_yaxes(title="barrier E0 (bits)", range=[0, 9])
    rates.update_xaxes(title="sweep", row=2)
    rates.update_yaxes(title="rate r", type="log", dtick=1, exponentformat="power", row=1)
    rates.update_yaxes(title="net steps a cell", row=2)

    names = [t["name"] for t in trajectories]
    bars = go.Figure(layout=style | {"barmode": "stack", "height": 440})
    for key, name, colour in (("entropy_drop_bits", "Landauer", GREY), ("finite_rate_bits", "finite rate", BLUE)):
        values = [np.ravel(t[key])[0] for t in trajectories]
        bars.add_bar(x=names, y=values, name=name, marker={"color": colour}, width=0.5)
    heats = [t["heat_bits"] for t in trajectories]
    bars.add_scatter(
        x=names,
        y=[value for value, _ in heats],
        error_y={"array": [error for _, error in heats]},
        name="heat, measured",
        mode="markers",
        marker={"color": RED, "size": 12, "symbol": "diamond"},
    )
    bars.update_yaxes(title="bits of kT ln 2 a cell", rangemode="tozero")
    return [
        Figure(
            "Three ways to learn, in the plane of energy difference and barrier; each ends at its dot. Shaded: log2 of r.",
            plane,
        ),
        Figure(
            "Along each path, measured (every fourth sweep is shown) and exact. Above: the rate r. Below: net steps "
            "downhill a cell and sweep; where dE falls and the barrier is low, cells climb back.",
            rates,
        ),
        Figure(
            "Heat of each path beside its bounds: Landauer's, for the entropy that was lost, and what the speed costs at "
            "least (our derivation).",
            bars,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Where each trajectory ends and what it costs, a cell."""
    rows = [
        [
            t["name"],
            f"{t['occupation']:.4f} ({t['occupation_exact']:.4f})",
            "{:.4f} +- {:.4f}".format(*t["heat_bits"]),
            f"{t['heat_exact_bits']:.4f}",
            "{:.4f} +- {:.4f}".format(*t["finite_rate_bits"]),
            f"{t['finite_rate_exact_bits']:.4f}",
            f"{t['entropy_drop_bits']:.4f}",
            f"{t['heat_exact_bits'] / (t['entropy_drop_bits'] + t['finite_rate_exact_bits']):.3f}",
        ]
        for t in numbers["trajectories"]
    ]
    head = ["path", "still at 1 (exact)", "heat", "exact", "finite rate", "exact", "Landauer", "heat / bound"]
    return [Table("Trajectories, bits of kT ln 2 a cell", head, rows)]


EXPERIMENT = Experiment(
    number=2,
    name="trajectories",
    title="Learning trajectories",
    question=(
        "A cell that learns moves through the plane of energy difference dE, how strongly the gradient pulls, and barrier "
        "E0, how firmly it is held. Three ways are compared: the barrier rises, the pull fades, or both. From a random "
        "start the cells are led along each in 80 sweeps; the counters give their net update rate in every sweep and the "
        "heat, which is set beside Landauer's bound for the entropy that was lost and the bound for learning at this speed."
    ),
    reference="Chen et al., arXiv 2402.14878 (fig. 3B); Landauer 1961; Esposito 2012; Seifert 2012; own finite-rate bound",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
