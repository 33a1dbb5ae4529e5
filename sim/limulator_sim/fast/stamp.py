"""What the compiled kernels were made from.

numba keeps compiled code on disk as long as the file that a function is in stays the same, and the values of the function's
free variables; of what the function was made from elsewhere it knows nothing. So every kernel has this stamp for a free
variable, and is compiled anew when anything changes.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from limulator_hdl import formats, ledger, quad, taus88, thresholds

__all__ = ["STAMP"]

_TAKEN = (formats, ledger, quad, taus88, thresholds)
_SOURCES = [*sorted(Path(__file__).parent.glob("*.py")), *(Path(module.__file__) for module in _TAKEN)]

STAMP = sha256(b"".join(source.read_bytes() for source in _SOURCES)).hexdigest()
"""SHA-256 of the kernels' sources, and of what they take from the gateware."""
