"""Attempts a second of the golden model on one core, beside dwave-samplers and OpenJij in the same run.

    uv run --group benchmark python benchmarks/golden.py GRAPH [GRAPH ...]

GRAPH is a rudy file, say G1 of the G-set; without one, a random graph of the same size and a torus are made. With
``--quality``, ten runs of 12,500 sweeps are compared by their cuts.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import sys
from collections.abc import Callable
from time import perf_counter

import networkx as nx
import numpy as np

from limulator.anneal import solve
from limulator.problem import Problem
from limulator.readers import read_problem
from limulator.schedule import Schedule
from reporting import machine, report

SWEEPS, REPLICAS = 200, 256
QUALITY_SWEEPS, QUALITY_SEEDS = 12_500, 10


def made_graphs() -> list[Problem]:
    """Stand-ins for G1 and G11."""
    random = nx.gnm_random_graph(800, 19176, seed=1)
    torus = nx.grid_2d_graph(80, 10, periodic=True)
    return [Problem.max_cut(random, name="random-800"), Problem.max_cut(torus, name="torus-80x10")]


def ising_terms(problem: Problem) -> tuple[dict[int, float], dict[tuple[int, int], float]]:
    """J = w / 2 in spins, the cut up to a constant."""
    upper = problem.couplings.tocoo()
    pairs = zip(*upper.coords, upper.data, strict=True)
    return {}, {(int(i), int(j)): w / 4 for i, j, w in pairs if i < j}


def peers(problem: Problem) -> dict[str, Callable[[int, int], np.ndarray]]:
    """Samplers that take sweeps and reads and return spins, (reads, cells)."""
    h, j = ising_terms(problem)
    found: dict[str, Callable[[int, int], np.ndarray]] = {}
    try:
        from dwave.samplers import SimulatedAnnealingSampler

        def dwave(sweeps: int, reads: int) -> np.ndarray:
            sample = SimulatedAnnealingSampler().sample_ising(h, j, num_sweeps=sweeps, num_reads=reads, seed=1)
            return sample.record.sample[:, np.argsort(sample.variables)]

        found["dwave-samplers"] = dwave
    except ImportError:
        print("dwave-samplers is missing", file=sys.stderr)
    try:
        import openjij

        def jij(sweeps: int, reads: int) -> np.ndarray:
            sample = openjij.SASampler().sample_ising(h, j, num_sweeps=sweeps, num_reads=reads, seed=1)
            return sample.record.sample[:, np.argsort(sample.variables)]

        found["openjij"] = jij
    except ImportError:
        print("openjij is missing", file=sys.stderr)
    return found


def speed(problem: Problem) -> None:
    """Attempts a second."""
    solve(problem, Schedule.automatic(problem, 2), replicas=2)
    for replicas in (REPLICAS, 1):
        sweeps = SWEEPS if replicas > 1 else 20 * SWEEPS
        result = solve(problem, Schedule.automatic(problem, sweeps), replicas=replicas)
        records = result.records
        steps = (records["down"] + records["up"] + records["flat"]).sum()
        attempts = records["attempts"].sum()
        metric = f"{replicas} replicas, acceptance {steps / attempts:.1%}"
        report("golden", problem.name, "limulator golden", metric, attempts / result.wall_s, "attempts/s")
    for name, sample in peers(problem).items():
        began = perf_counter()
        sample(SWEEPS, 64)
        report(
            "golden",
            problem.name,
            name,
            "64 reads",
            64 * SWEEPS * problem.cells / (perf_counter() - began),
            "attempts/s",
        )


def quality(problem: Problem) -> None:
    """Mean best cut at default settings."""
    result = solve(problem, Schedule.automatic(problem, QUALITY_SWEEPS), replicas=QUALITY_SEEDS)
    cuts = -result.records["best_energy"] * problem.scale
    metric = f"mean best cut, {QUALITY_SEEDS} seeds, {QUALITY_SWEEPS} sweeps"
    report("golden", problem.name, "limulator golden", metric, float(cuts.mean()), "cut")
    for name, sample in peers(problem).items():
        spins = sample(QUALITY_SWEEPS, QUALITY_SEEDS)
        cuts = np.array([problem.cut((s + 1) // 2) for s in spins])
        report("golden", problem.name, name, metric, float(cuts.mean()), "cut")


def main() -> None:
    """Measure the graphs named, or the stand-ins."""
    files = [argument for argument in sys.argv[1:] if argument != "--quality"]
    machine("limulator", "numpy", "dwave-samplers", "openjij")
    for problem in [read_problem(file) for file in files] or made_graphs():
        (quality if "--quality" in sys.argv else speed)(problem)


if __name__ == "__main__":
    main()
