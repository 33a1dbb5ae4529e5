"""What the tests of the experiments share."""

import json

import pytest

from limulator.experiments.experiment import Setting


@pytest.fixture(scope="module")
def numbers(request):
    """What the quick version of the module's EXPERIMENT measures, as it is saved; measured once."""
    return json.loads(json.dumps(request.module.EXPERIMENT.measure(Setting())))
