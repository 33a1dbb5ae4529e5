"""The second law, with what speed costs, in every run that an experiment makes."""

import numpy as np
import pytest

from limulator.energy import Ledger
from limulator.experiments import NAMES, load
from limulator.experiments.experiment import SIGMAS, Setting

LEDGERS = []


class Audited(Setting):
    """The quick version with a fifth of the replicas; every run is followed by its ledger."""

    def pick(self, quick, full):
        return max(quick // 5, 16) if isinstance(quick, int) and quick >= 100 else quick

    def solve(self, problem, schedule, **keywords):
        result = super().solve(problem, schedule, **keywords)
        LEDGERS.append(Ledger.of(result))
        return result


# projection runs no machine; maxcut and dissipation check this themselves, with better partition functions
AUDITED = [name for name in NAMES if name not in ("projection", "maxcut", "dissipation")]


@pytest.mark.parametrize("name", AUDITED)
def test_heat_is_no_less_than_its_bound(name):
    LEDGERS.clear()
    load(name).measure(Audited())
    assert LEDGERS
    for ledger in LEDGERS:
        error = np.hypot(ledger.heat_bits.standard_error, ledger.bound_bits.standard_error)
        assert ledger.heat_bits.value - ledger.bound_bits.value >= -SIGMAS * error
