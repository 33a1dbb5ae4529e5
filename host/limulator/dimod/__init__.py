"""The arrays as a sampler of D-Wave's Ocean, in place of ``dwave.samplers.SimulatedAnnealingSampler``.

    >>> from limulator.dimod import LIMSampler
    >>> print(LIMSampler().sample_ising({"a": 0.5}, {("a", "b"): -1}, num_reads=10, seed=1).first.energy)
    -1.5

Needs dimod: ``pip install 'limulator[dimod]'``.
"""

try:
    import dimod as _dimod  # noqa: F401
except ImportError as error:
    raise ImportError(f"dimod cannot be imported ({error}): pip install 'limulator[dimod]'") from None

from .sampler import LIMSampler

__all__ = ["LIMSampler"]
