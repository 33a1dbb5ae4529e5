"""Attempts a second of the golden model on one core, beside dwave-samplers and OpenJij in the same run.

    uv run --group benchmark python benchmarks/golden.py [GRAPH ...]

GRAPH is a graph of the G-set that comes with Limulator, by default G1 and G11.
"""

from __future__ import annotations

import sys

from reporting import machine
from samplers import read_graph, speed


def main() -> None:
    """Measure the graphs named, or both."""
    machine("limulator", "numpy", "dwave-samplers", "openjij")
    for name in sys.argv[1:] or ("G1", "G11"):
        speed("golden", read_graph(name), "golden", [(100, 256), (2000, 1)])


if __name__ == "__main__":
    main()
