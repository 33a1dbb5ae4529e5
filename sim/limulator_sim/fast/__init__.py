"""The fast model: the golden model's every bit, compiled by numba for many replicas side by side.

``vectors`` are the compiled code's registers, ``noise`` and ``gate`` its streams and its gate; ``narrow`` sweeps a block of
replicas of binary cells whose fields fit 8 bits, ``wide`` a block of any other, ``single`` one replica; ``model`` chooses.
"""

from .model import Fast

__all__ = ["Fast"]
