"""Attempts a second on one core, and mean cuts, beside dwave-samplers and OpenJij in the same run.

    uv run --group benchmark python benchmarks/samplers.py [--quality] [GRAPH ...]

GRAPH is a graph of the G-set that comes with Limulator, by default G1 G11 G14 G43. Speed is the best of several runs. With
``--quality``, instead, the mean cut of ten seeds after 12,500 sweeps, 1e7 attempts each, by everyone's own defaults; ours
of 256 seeds too, as ten leave much to chance.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.resources import as_file, files
from time import perf_counter

import numpy as np
import openjij
from dwave.samplers import SimulatedAnnealingSampler

from limulator.anneal import solve
from limulator.problem import Problem
from limulator.readers import read_problem
from reporting import machine, report

GRAPHS = ("G1", "G11", "G14", "G43")
RUNS = 5
QUALITY_SWEEPS, SEEDS, MANY_SEEDS = 12_500, 10, 256


def read_graph(name: str) -> Problem:
    with as_file(files("limulator") / "data" / "gset" / f"{name}.txt.gz") as path:
        return read_problem(path)


def peers(problem: Problem) -> dict[str, Callable[[int, int, int], np.ndarray]]:
    """Samplers that take sweeps, reads and a seed, and return spins, (reads, cells)."""
    upper = problem.couplings.tocoo()
    # a coupling of the cut is Q = 2 w, and w / 2 in spins
    j = {(int(a), int(b)): w / 4 for a, b, w in zip(*upper.coords, upper.data, strict=True) if a < b}

    def dwave(sweeps: int, reads: int, seed: int) -> np.ndarray:
        sample = SimulatedAnnealingSampler().sample_ising({}, j, num_sweeps=sweeps, num_reads=reads, seed=seed)
        return sample.record.sample[:, np.argsort(sample.variables)]

    def jij(sweeps: int, reads: int, seed: int) -> np.ndarray:
        sample = openjij.SASampler().sample_ising({}, j, num_sweeps=sweeps, num_reads=reads, seed=seed)
        return sample.record.sample[:, np.argsort(sample.variables)]

    return {"dwave-samplers": dwave, "openjij": jij}


def measure(benchmark: str, problem: Problem, subject: str, sweeps: int, reads: int, call: Callable[[], object]) -> None:
    """Print the attempts a second of whole calls, the best of several."""
    call()
    times = []
    for _ in range(RUNS):
        began = perf_counter()
        call()
        times.append(perf_counter() - began)
    attempts = problem.cells * sweeps * reads
    report(benchmark, problem.name, f"{subject}, reads: {reads}", "speed", attempts / min(times), "attempts/s")


def speed(benchmark: str, problem: Problem, backend: str, sizes: Sequence[tuple[int, int]]) -> None:
    """Attempts a second of a backend, for each of the sizes (sweeps, reads), and of the peers."""
    for sweeps, reads in sizes:
        ours = partial(solve, problem, sweeps=sweeps, backend=backend, replicas=reads)
        measure(benchmark, problem, f"limulator {backend}", sweeps, reads, ours)
    for name, sample in peers(problem).items():
        measure(benchmark, problem, name, 1000, 8, partial(sample, 1000, 8, 1))


def quality(problem: Problem) -> None:
    """Mean best cut."""

    def line(subject: str, cuts: np.ndarray) -> None:
        case = f"mean cut of {len(cuts)} seeds"
        report("samplers", problem.name, subject, case, cuts.mean(), "cut")
        report("samplers", problem.name, subject, f"standard error, {case}", cuts.std(ddof=1) / len(cuts) ** 0.5, "cut")

    result = solve(problem, sweeps=QUALITY_SWEEPS, replicas=MANY_SEEDS)
    cuts = -result.records["best_energy"] * problem.scale
    line("limulator fast", cuts[:SEEDS])
    line("limulator fast", cuts)
    for name, sample in peers(problem).items():
        # a seed for each: OpenJij gives all reads of a call the same
        spins = [sample(QUALITY_SWEEPS, 1, seed)[0] for seed in range(SEEDS)]
        line(name, np.array([problem.cut((s + 1) // 2) for s in spins]))


def main() -> None:
    """Measure the graphs named, or all."""
    names = [argument for argument in sys.argv[1:] if argument != "--quality"]
    machine("limulator", "numba", "dwave-samplers", "openjij")
    for problem in map(read_graph, names or GRAPHS):
        if "--quality" in sys.argv:
            quality(problem)
        else:
            speed("samplers", problem, "fast", [(2000, 256), (12_500, 1)])


if __name__ == "__main__":
    main()
