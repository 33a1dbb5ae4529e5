"""The second law, with what speed costs, in every run that an experiment makes."""

import pytest

from limulator.energy import Ledger
from limulator.energy.partition import LogPartition
from limulator.experiments import NAMES, load
from limulator.experiments.experiment import SIGMAS, Setting

LEDGERS = []


class Audited(Setting):
    """The quick version with a fifth of the replicas. Every run is followed by its ledger, with a partition function from
    another run: its own would bound the heat whatever that is (Jensen)."""

    def pick(self, quick, full):
        return max(quick // 5, 16) if isinstance(quick, int) and quick >= 100 else quick

    def solve(self, problem, schedule, **keywords):
        result = super().solve(problem, schedule, **keywords)
        partition = LogPartition.exact(problem, float(result.last_beta[0]))
        if partition is None:
            other = super().solve(problem, schedule, **{**keywords, "seed": 500_000 + keywords.get("seed", 0)})
            partition = LogPartition.annealed(other)
        LEDGERS.append(Ledger.of(result, partition))
        return result


# projection runs no machine; maxcut and dissipation check this themselves, with better partition functions
AUDITED = [name for name in NAMES if name not in ("projection", "maxcut", "dissipation")]


@pytest.mark.parametrize("name", AUDITED)
def test_heat_is_no_less_than_its_bound(name):
    LEDGERS.clear()
    load(name).measure(Audited())
    assert LEDGERS
    for ledger in LEDGERS:
        margin, error = ledger.heat_less_bound_bits
        assert margin >= -SIGMAS * error
