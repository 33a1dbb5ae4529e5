"""The small experiments on the gateware: the same numbers as on the golden model, to the bit."""

import pytest

from limulator.experiments import NAMES, load
from limulator.experiments.experiment import Setting
from simulators import needs


class Few(Setting):
    """The quick version with a twentieth of the replicas."""

    def pick(self, quick, full):
        return max(quick // 20, 16) if isinstance(quick, int) and quick >= 100 else quick


# erasure runs two of its speeds only on gateware, and takes half a minute for it: its own test compares these
ON_GATEWARE = [name for name in NAMES if "verilator" in load(name).backends and name != "erasure"]


def test_which_run_on_gateware():
    assert {"rate", "trajectories", "retention", "contour", "jarzynski"} <= set(ON_GATEWARE)


@pytest.mark.parametrize("name", ON_GATEWARE)
def test_the_same_numbers(name):
    needs("verilator")
    measure = load(name).measure
    assert measure(Few(backend="verilator")) == measure(Few())
