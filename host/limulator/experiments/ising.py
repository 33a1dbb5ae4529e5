"""Experiment 7: the two-dimensional Ising model at its critical point, against its exact solution on a finite torus."""

from __future__ import annotations

from typing import Any, NamedTuple

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from limulator_sim.schedule import walk

from ..energy.estimate import jackknife_all, mean_of
from ..figure import BLUE, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import Check, Experiment, Figure, Numbers, Setting, Table
from .kaufman import CRITICAL_COUPLING, torus
from .temperature import Temperature, near_critical, temperature_of

__all__ = ["EXPERIMENT", "Size", "ferromagnet", "spin_energy"]


class Size(NamedTuple):
    """Replicas of an L x L torus, run so many at a time, and sweeps measured after L**2 to come to equilibrium."""

    size: int
    replicas: int
    chunk: int
    sweeps: int


QUICK = (Size(8, 1000, 1000, 1000), Size(16, 500, 500, 1000))
FULL = (Size(8, 4000, 1000, 3500), Size(16, 2000, 500, 5800), Size(32, 1000, 500, 11_000))

SIGMAS = 4.0
"""Standard errors by which energy and specific heat may miss the exact ones."""

TARGET = (1e-3, 2e-4)
"""Standard error that the energy per spin must have in the quick and in the full version, J."""


def ferromagnet(size: int) -> Problem:
    """The L x L torus as a cut of bonds of weight -1, so that E counts the bonds between unlike spins."""
    graph = nx.grid_2d_graph(size, size, periodic=True)
    nx.set_edge_attributes(graph, -1, "weight")
    return Problem.max_cut(graph, name=f"ferromagnet {size} x {size}")


def spin_energy(unlike: Any, spins: int) -> Any:
    """Ising energy per spin, J, where so many of the 2 N bonds are between unlike spins: -2 + 2 E / N."""
    return 2 * unlike / spins - 2


def measure(setting: Setting) -> Numbers:
    """Every size at the same temperature."""
    temperature = near_critical()
    sizes = [_torus(setting, temperature, plan, 100_000 * k) for k, plan in enumerate(setting.pick(QUICK, FULL))]
    return {
        "barrier_bits": temperature.barrier_bits,
        "beta_bits": temperature.beta,
        "coupling": temperature.coupling,
        "critical_coupling": CRITICAL_COUPLING,
        "target_J": setting.pick(*TARGET),
        "sizes": sizes,
    }


def _torus(setting: Setting, temperature: Temperature, plan: Size, seed: int) -> dict[str, Any]:
    """Energies per spin of all replicas, chunk by chunk, at the ends of stages of L / 4 sweeps; a replica is one sample."""
    problem = ferromagnet(plan.size)
    spins, each = problem.cells, plan.size // 4
    lengths = [spins] + [each] * (plan.sweeps // each)
    schedule = Stages(Stage(sweeps, temperature.beta, temperature.barrier_bits) for sweeps in lengths)
    parts = []
    for done in range(0, plan.replicas, plan.chunk):
        result = setting.solve(problem, schedule, replicas=plan.chunk, seed=seed + done)
        parts.append(spin_energy(np.stack([outcome.log["energy"][2:] for outcome in result.outcomes]), spins))
    coupling, inequality = temperature_of(result.shape, next(walk(result.shape, result.segments)))
    energy = np.concatenate(parts)
    half = energy.shape[1] // 2
    drift = energy[:, half:].mean(axis=1) - energy[:, :half].mean(axis=1)
    exact = torus(plan.size, plan.size, coupling)
    around = energy - exact.energy  # lest the variance loses digits

    def evaluate(means: NDArray[np.float64]) -> NDArray[np.float64]:
        variance = means[:, 1] - means[:, 0] ** 2
        return np.column_stack([exact.energy + means[:, 0], coupling**2 * spins * variance])

    values, errors = jackknife_all(evaluate, np.column_stack([around.mean(axis=1), (around**2).mean(axis=1)]))
    return {
        "size": plan.size,
        "replicas": plan.replicas,
        "sweeps": energy.shape[1] * each,
        "coupling": coupling,
        "inequality": inequality,
        "energy_J": [float(values[0]), float(errors[0])],
        "exact_energy_J": exact.energy,
        "specific_heat_k": [float(values[1]), float(errors[1])],
        "exact_specific_heat_k": exact.specific_heat,
        "drift_J": list(mean_of(drift)),
    }


def checks(numbers: Numbers) -> list[Check]:
    """Energy and specific heat of every size, and what they rest upon."""
    found = []
    exact = "Kaufman 1949, at the machine's exact K"
    for row in numbers["sizes"]:
        name = f"{row['size']} x {row['size']}"
        (energy, error), (heat, heat_error), (drift, drift_error) = (
            row[key] for key in ("energy_J", "specific_heat_k", "drift_J")
        )
        target = numbers["target_J"]
        found += [
            Check(
                f"p(0) p(8J) / p(4J)^2 - 1, {name}",
                row["inequality"],
                "=",
                0.0,
                source="detailed balance at one temperature, exactly; slack: rounding of this arithmetic",
                slack=1e-12,
            ),
            Check(f"energy per spin, {name}", energy, "=", row["exact_energy_J"], error, "J", exact, sigmas=SIGMAS),
            Check(
                f"specific heat per spin, {name}",
                heat,
                "=",
                row["exact_specific_heat_k"],
                heat_error,
                "k",
                exact,
                sigmas=SIGMAS,
            ),
            Check(f"standard error of the energy, {name}", error, "<=", target, unit="J", source="enough samples"),
            Check(f"energy of the second half less the first, {name}", drift, "=", 0.0, drift_error, "J", "equilibrium"),
        ]
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """Energy and specific heat with L; what they miss the exact ones by."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    rows = numbers["sizes"]
    sizes = np.array([row["size"] for row in rows])
    curve = [int(size) for size in np.unique(np.geomspace(4, 40, 40).round())]
    exact = [torus(size, size, numbers["coupling"]) for size in curve]
    parts = (
        ("energy_J", "exact_energy_J", [t.energy for t in exact], BLUE, "energy per spin (J)"),
        ("specific_heat_k", "exact_specific_heat_k", [t.specific_heat for t in exact], RED, "specific heat (k)"),
    )
    ticks = {
        "type": "log",
        "tickvals": [4, 8, 16, 32],
        "ticktext": ["4", "8", "16", "32"],
        "range": np.log10([3.7, 43]).tolist(),
    }
    absolute = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    missed = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    for k, (key, reference, line, colour, title) in enumerate(parts, start=1):
        values, errors = np.array([row[key] for row in rows]).T
        deviation = values - [row[reference] for row in rows]
        name = title.split(" (")[0]
        beside = sizes * (0.97 if k == 1 else 1.03)  # lest one hides the other
        marks = {"mode": "markers", "marker": {"color": colour, "opacity": 1, "size": 9}}
        style = {"color": GREY, "width": 2}
        absolute.add_trace(go.Scatter(x=curve, y=line, line=style, name="Kaufman", showlegend=k == 1), row=k, col=1)
        absolute.add_trace(go.Scatter(x=sizes, y=values, error_y={"array": errors}, name=name, **marks), row=k, col=1)
        absolute.update_yaxes(title=title, row=k, col=1)
        missed.add_trace(go.Scatter(x=beside, y=deviation / errors, name=name, **marks), row=1, col=1)
        missed.add_trace(
            go.Scatter(x=beside, y=deviation, error_y={"array": errors}, showlegend=False, **marks), row=2, col=1
        )
    missed.add_hrect(y0=-1, y1=1, fillcolor=GREY, opacity=0.25, line_width=0, row=1, col=1)
    missed.add_hrect(y0=-SIGMAS, y1=SIGMAS, fillcolor=GREY, opacity=0.15, line_width=0, row=1, col=1)
    missed.update_yaxes(title="deviation (standard errors)", range=[-5.5, 5.5], row=1, col=1)
    missed.update_yaxes(title="deviation (J, k)", row=2, col=1)
    for figure in (absolute, missed):
        figure.update_xaxes(**ticks)
        figure.update_xaxes(title="L", row=2, col=1)
        figure.update_layout(layout(640, left=75, top=90))
    return [
        Figure(
            "Energy and specific heat per spin of the L x L torus: measured, with standard errors, and exact.",
            absolute,
        ),
        Figure(
            "What was measured less what is exact: in standard errors, with one and the "
            f"{SIGMAS:g} that a check allows shaded, and in units of J (energy per spin) and k (specific heat).",
            missed,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Every size."""
    head = ["L", "replicas", "sweeps", "energy, J", "exact", "off by, s.e.", "specific heat, k", "exact", "off by, s.e."]
    rows = []
    for row in numbers["sizes"]:
        cells = [str(row["size"]), f"{row['replicas']:,}", f"{row['sweeps']:,}"]
        for key, reference in (("energy_J", "exact_energy_J"), ("specific_heat_k", "exact_specific_heat_k")):
            value, error = row[key]
            cells += [f"{value:.5f} +- {error:.5f}", f"{row[reference]:.5f}", f"{(value - row[reference]) / error:+.1f}"]
        rows.append(cells)
    title = f"Ising model at K = {numbers['coupling']:.6f} (critical {numbers['critical_coupling']:.6f}), per spin"
    return [Table(title, head, rows)]


EXPERIMENT = Experiment(
    number=7,
    name="ising",
    title="The Ising model at its critical point",
    question=(
        "Is the noise good enough? At the critical point of the two-dimensional Ising model spins are correlated across"
        " the whole lattice, and generators that pass other tests have given wrong energies (Ferrenberg, Landau and "
        "Wong 1992). Mean energy and specific heat of L x L tori are compared with the exact solution for the finite "
        "lattice. The gate's probabilities are rationals near 2^-t; barrier and beta are chosen so that those in use "
        "are exactly Boltzmann's at a temperature close to the critical one, and so the comparison has no systematic error."
    ),
    reference=(
        "Kaufman, Phys. Rev. 76, 1232 (1949); Ferdinand and Fisher, Phys. Rev. 185, 832 (1969); Ferrenberg, Landau and "
        "Wong, Phys. Rev. Lett. 69, 3382 (1992)"
    ),
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    arrays=("event", "color", "deep"),
)
