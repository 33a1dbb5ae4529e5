"""Experiments 8 and 12 read their numbers rightly; that they come out is run as a whole by `limulator experiment all`."""

import numpy as np
import pytest

from limulator.experiments import dissipation, maxcut
from limulator.experiments.experiment import Setting


class Small(Setting):
    """The quick version with fewer sweeps and replicas still."""

    def pick(self, quick, full):
        small = {(10, 50, 250): (5, 20), 64: 24, (100, 256): (36, 128), (40, 160): (30, 60), 128: 64, 40: 20}
        return small.get(quick, quick)


@pytest.fixture(scope="module")
def cuts():
    return maxcut.measure(Small())


@pytest.fixture(scope="module")
def excess():
    return dissipation.measure(Small())


def test_the_graphs():
    sizes = {name: (maxcut.g_set(name).cells, maxcut.g_set(name).couplings.nnz // 2) for name in maxcut.BEST_KNOWN}
    assert sizes == {"G1": (800, 19176), "G11": (800, 1600), "G14": (800, 4694), "G43": (1000, 9990)}


def test_the_second_law_of_every_run(cuts):
    failed = [check.what for check in maxcut.checks(cuts) if not check.passed]
    # these sweeps are too few for a good cut, and these replicas for a difference beyond doubt
    assert all("mean cut" in what or "slowest" in what for what in failed)


def test_a_cut_above_the_best_known_fails(cuts):
    cuts["graphs"]["G11"]["runs"][0]["best_cut"] = 565.0
    assert "G11: best cut" in [check.what for check in maxcut.checks(cuts) if not check.passed]


def test_heat_below_the_bound_fails(excess):
    run = excess["classes"]["planar graph"]["runs"][0]
    run["excess_bits"] = [-10.0, 1.0]
    failed = [check.what for check in dissipation.checks(excess) if not check.passed]
    assert f"planar graph, {run['schedule']}, {run['sweeps']} sweeps: excess" in failed


def test_what_is_shown(cuts, excess):
    assert len(maxcut.figures(cuts)) == 2
    assert len(dissipation.figures(excess)) == 3
    assert [len(table.rows) for table in maxcut.tables(cuts)] == [8]
    (table,) = dissipation.tables(excess)
    assert [len(row) for row in table.rows] == [len(table.columns)] * 8


def test_savings_are_counted_only_where_they_are_sure(excess):
    for entry in excess["classes"].values():
        for run in entry["runs"]:
            run["excess_bits"] = [1.0 if run["schedule"] == dissipation.LEAST else 2.0, 0.1]
            run["own_error_bits"], run["z_beta"] = 0.1, 1.0
    assert all(check.passed for check in dissipation.checks(excess))
    entries = list(excess["classes"].values())
    for entry in entries[:2]:
        for run in entry["runs"]:
            run["own_error_bits"] = 1.0
    failed = [check for check in dissipation.checks(excess) if not check.passed]
    assert [check.value for check in failed] == [2, 2]
    assert np.isclose(failed[0].reference, 3)
