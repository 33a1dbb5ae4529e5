"""Experiment 12: a schedule of minimum dissipation against linear, logarithmic and Fowler-Nordheim ones at equal sweeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from scipy.spatial import Delaunay

from ..energy.estimate import mean_of
from ..energy.partition import LogPartition
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..friction import measure_friction
from ..problem import Problem
from ..result import Result
from ..schedule import Schedule, beta_range
from ..stages import Stages
from .experiment import SIGMAS, Check, Experiment, Figure, Numbers, Setting, Table

__all__ = ["CLASSES", "EXPERIMENT", "LEAST", "RIVALS"]

BARRIER = 1.0
"""E0, bits."""

LEAST = "minimum dissipation"
RIVALS = ("linear", "log", "fowler-nordheim")

_POINTS = 16
"""Values of beta at which the friction is measured."""


def _random_graph(cells: int) -> Problem:
    return Problem.max_cut(nx.gnp_random_graph(cells, 0.1, seed=3), name="random graph")


def _torus(cells: int) -> Problem:
    rng = np.random.default_rng(5)
    side = round(cells**0.5)
    graph = nx.convert_node_labels_to_integers(nx.grid_2d_graph(side, side, periodic=True))
    return Problem.max_cut({edge: int(rng.choice([-1, 1])) for edge in graph.edges}, name="toroidal spin glass")


def _planar(cells: int) -> Problem:
    corners = Delaunay(np.random.default_rng(7).uniform(size=(cells, 2))).simplices
    edges = {tuple(sorted(map(int, pair))) for a, b, c in corners for pair in ((a, b), (b, c), (a, c))}
    return Problem.max_cut(dict.fromkeys(edges, 1), name="planar graph")


def _box(cells: int) -> Problem:
    rng = np.random.default_rng(9)
    cells //= 4
    factor = rng.integers(-3, 4, (cells, cells))
    couplings = factor @ factor.T // 4
    centre = rng.uniform(3, 12, cells)
    return Problem.box(couplings, -np.rint(couplings @ centre).astype(int), bits=4, name="box QP, 4 bits")


CLASSES: dict[str, Callable[[int], Problem]] = {
    "random graph": _random_graph,
    "toroidal spin glass": _torus,
    "planar graph": _planar,
    "box QP": _box,
}
"""Problem classes, by a function of the number of bits: as G1 and G43, G11 and G14 of the G-set, and a convex quadratic."""


def _coldest(problem: Problem) -> float:
    """The last beta: where annealing ends by default, or where a step from the optimum of a box costs about 6 bits."""
    if problem.bits == 1:
        return beta_range(problem)[1]
    return float(12 / problem.couplings.diagonal().mean())


def _grid(problem: Problem, beta: float) -> list[float]:
    """0, and then geometrically from where beta hardly tells two random states apart."""
    states = np.random.default_rng(0).integers(0, problem.x_max + 1, (1000, problem.cells))
    spread = float(np.std(problem.energy(states)))
    return [0.0, *np.geomspace(min(0.5 / spread, beta / 30), beta, _POINTS - 1).tolist()]


def measure(setting: Setting) -> Numbers:
    """For each class: friction from fluctuations at rest, then all schedules from beta = 0 to the same end."""
    cells, replicas = setting.pick((100, 256), (196, 1024))
    speeds = setting.pick((40, 160), (50, 200, 800))
    classes: Numbers = {}
    for number, (name, make) in enumerate(CLASSES.items()):
        problem = make(cells)
        beta = _coldest(problem)
        friction = measure_friction(
            problem,
            _grid(problem, beta),
            barrier=BARRIER,
            settle=setting.pick(10, 30),
            sweeps=setting.pick(40, 150),
            replicas=setting.pick(128, 512),
            seed=setting.seed * 1_000_000 + 100_000 * number,
            backend=setting.backend,
            watch=setting.watch,
        )
        rows = []
        for k, sweeps in enumerate(speeds):
            schedules: dict[str, Schedule | Stages] = {LEAST: friction.schedule(sweeps, BARRIER)}
            schedules |= {curve: Schedule(curve, sweeps, beta / sweeps, beta, BARRIER) for curve in RIVALS}
            # first, with seeds of its own, the run that knows the partition function best: it dissipates least
            first = 100_000 * number + 10_000 * (k + 1)
            known = setting.solve(problem, schedules[LEAST], replicas=2 * replicas, seed=first)
            partition = LogPartition.annealed(known)
            for j, (curve, schedule) in enumerate(schedules.items(), start=1):
                result = setting.solve(problem, schedule, replicas=replicas, seed=first + 2000 * j)
                rows.append({"schedule": curve, "sweeps": sweeps, **_excess(result, partition)})
        classes[name] = {
            "bits": problem.cells * problem.bits,
            "betas": friction.betas.tolist(),
            "variance": friction.variance.tolist(),
            "relaxation_sweeps": friction.relaxation.tolist(),
            "length": friction.length.tolist(),
            "least_bits": {str(sweeps): friction.least_bits(sweeps) for sweeps in speeds},
            "schedules": {curve: schedules[curve].betas(np.arange(speeds[-1])).tolist() for curve in (LEAST, *RIVALS)},
            "runs": rows,
        }
    return {"replicas": replicas, "barrier_bits": BARRIER, "speeds": list(speeds), "classes": classes}


def _excess(result: Result, partition: LogPartition) -> Numbers:
    """Heat, and what of it is above S_i - S_f: mean and standard error; apart, what the error of log2 Z has in that."""
    heat, energy = result.heat_bits, result.records["energy"].astype(np.float64)
    point = partition.best_for(mean_of(energy))
    beta, log2_z, of_z = (float(each[point]) for each in (partition.betas, partition.log2_z, partition.standard_error))
    # S_f <= log2 Z + beta U_f
    excess, error = mean_of(heat + beta * energy + log2_z - result.shape.cells * result.shape.bits)
    return {
        "heat_bits": list(mean_of(heat)),
        "excess_bits": [excess, float(np.hypot(error, of_z))],
        "own_error_bits": error,
        "z_error_bits": of_z,
        "z_beta": beta,
    }


def _savings(numbers: Numbers, name: str, sweeps: int, rival: str) -> tuple[float, float]:
    """Excess of the rival less that of minimum dissipation, bits, with its standard error: the same Z cancels."""
    runs = {run["schedule"]: run for run in numbers["classes"][name]["runs"] if run["sweeps"] == sweeps}
    a, b = runs[rival], runs[LEAST]
    errors = [a["own_error_bits"], b["own_error_bits"]]
    if a["z_beta"] != b["z_beta"]:
        errors += [a["z_error_bits"], b["z_error_bits"]]
    return a["excess_bits"][0] - b["excess_bits"][0], float(np.linalg.norm(errors))


def checks(numbers: Numbers) -> list[Check]:
    """Measurably less excess than linear in at least three of the four classes, at each speed; and the second law."""
    found = []
    for sweeps in numbers["speeds"]:
        sure = 0
        for name in numbers["classes"]:
            saved, error = _savings(numbers, name, sweeps, "linear")
            sure += saved > SIGMAS * error
        found.append(
            Check(
                f"classes with less excess than linear, {sweeps} sweeps", sure, ">=", 3, 0.0, "of 4", f"by {SIGMAS:g} sigma"
            )
        )
    for name, entry in numbers["classes"].items():
        for run in entry["runs"]:
            what = f"{name}, {run['schedule']}, {run['sweeps']} sweeps: excess"
            found.append(Check(what, run["excess_bits"][0], ">=", 0.0, run["excess_bits"][1], "bits", "second law"))
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """Excess of each schedule, the friction behind it, and the schedules."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    names = list(numbers["classes"])
    colours = dict(zip((LEAST, *RIVALS), (BLUE, RED, GREEN, GREY), strict=True))
    panels: dict[str, Any] = {"rows": 2, "cols": 2, "subplot_titles": names, "vertical_spacing": 0.12}
    excess, course = make_subplots(**panels), make_subplots(**panels)
    friction = go.Figure()
    for k, (name, entry) in enumerate(numbers["classes"].items()):
        at = {"row": k // 2 + 1, "col": k % 2 + 1}
        for curve, colour in colours.items():
            runs = [run for run in entry["runs"] if run["schedule"] == curve]
            style = {"name": curve, "legendgroup": curve, "showlegend": k == 0, "line": {"color": colour}}
            excess.add_scatter(
                x=[run["sweeps"] for run in runs],
                y=[run["excess_bits"][0] for run in runs],
                error_y={"type": "data", "array": [run["excess_bits"][1] for run in runs]},
                mode="lines+markers",
                **style,
                **at,
            )
            betas = entry["schedules"][curve]
            course.add_scatter(x=list(range(1, len(betas) + 1)), y=betas, mode="lines", **style, **at)
        betas = np.array(entry["betas"])
        zeta = np.array(entry["variance"]) * np.array(entry["relaxation_sweeps"])
        friction.add_scatter(
            x=betas[1:] / betas[-1],
            y=(betas**2 * zeta * np.log(2))[1:] / entry["bits"],
            name=name,
            mode="lines+markers",
            line={"color": (BLUE, RED, GREEN, GREY)[k]},
        )
    excess.update_xaxes(type="log", tickvals=numbers["speeds"])
    excess.update_yaxes(type="log", dtick=1)
    for panels_of, x, y in ((excess, "sweeps", "excess, bits"), (course, "sweep", "beta, bits/E")):
        panels_of.update_xaxes(title=x, row=2)
        panels_of.update_yaxes(title=y, col=1)
    friction.update_xaxes(type="log", dtick=1, title="beta / last beta")
    friction.update_yaxes(title="ln 2 beta<sup>2</sup> zeta per stored bit, sweeps")
    for figure, height in ((excess, 620), (course, 620), (friction, 400)):
        figure.update_layout(layout(height, left=60, bottom=50, legend=1.06))
    return [
        Figure("Excess: heat above S_i - S_f, at equal sweeps.", excess),
        Figure("The friction, measured at rest: energy fluctuations times their relaxation time.", friction),
        Figure("The schedules that come of it: slow where friction is high.", course),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Excess of each schedule, and what minimum dissipation saves."""
    columns = ("class", "sweeps", LEAST, *RIVALS, "saved against linear", "linear response")
    rows = []
    for name, entry in numbers["classes"].items():
        for sweeps in numbers["speeds"]:
            runs = {run["schedule"]: run["excess_bits"] for run in entry["runs"] if run["sweeps"] == sweeps}
            saved, error = _savings(numbers, name, sweeps, "linear")
            verdict = "" if saved > SIGMAS * error else ": not measurable" if saved > -SIGMAS * error else ": more"
            rows.append(
                (
                    name,
                    f"{sweeps}",
                    *(f"{runs[curve][0]:.1f} ± {runs[curve][1]:.1f}" for curve in (LEAST, *RIVALS)),
                    f"{saved:.1f} ± {error:.1f}{verdict}",
                    f"{entry['least_bits'][str(sweeps)]:.1f}",
                )
            )
    return [Table("Excess heat above S_i - S_f, bits; last column: the least that linear response allows", columns, rows)]


EXPERIMENT = Experiment(
    number=12,
    name="dissipation",
    title="The schedule of minimum dissipation",
    question=(
        "How fast should beta rise, and where? A problem resists a change of beta with a friction, the fluctuation of its "
        "energy times the time that takes to relax; both are measured at rest. The schedule that moves at constant speed "
        "in the metric of this friction dissipates least in linear response. It is run against linear, logarithmic and "
        "Fowler-Nordheim schedules between the same ends in equally many sweeps. The final entropy is bounded as in the "
        "ledger, for all schedules with the partition function from the works of another, least dissipative run; where "
        "that bound is loose, as for the box, the excess is one at most."
    ),
    reference=(
        "Sivak and Crooks, Phys. Rev. Lett. 108, 190602 (2012); Crooks, ibid. 99, 100602 (2007); Salamon and Berry, ibid. "
        "51, 1127 (1983)"
    ),
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
)
