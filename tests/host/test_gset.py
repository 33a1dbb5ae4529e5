"""The G-set graphs that come with the package: the fast model against the golden one, every bit."""

from importlib.resources import as_file, files

import numpy as np
import pytest

from limulator.anneal import shape_for
from limulator.readers import read_problem
from limulator.schedule import Schedule
from limulator_sim.fast import Fast
from limulator_sim.golden import RECORD, Golden


@pytest.mark.parametrize("graph", ["G1", "G11", "G14", "G43"])
@pytest.mark.parametrize(("replicas", "sweeps"), [(1, 300), (66, 40)])
def test_fast_is_golden(graph, replicas, sweeps):
    """States, fields and best states at the end, all counters after each segment."""
    with as_file(files("limulator") / "data" / "gset" / f"{graph}.txt.gz") as path:
        problem = read_problem(path)
    schedule = Schedule.automatic(problem, sweeps)
    shape = shape_for(problem, schedule)
    fast, golden = (model(shape, problem.couplings, problem.linear, range(replicas)) for model in (Fast, Golden))
    for model in (fast, golden):
        model.run(schedule.compile(shape))
    for name in ("x", "g", "best"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(golden, name))
    for name in RECORD.names:
        np.testing.assert_array_equal(*(np.array([record[name] for record in model.log]) for model in (fast, golden)))
