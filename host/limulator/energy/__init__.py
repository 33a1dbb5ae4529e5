"""Energy: units, the ledger of a run, free energies, the bounds and the walls of other machines."""

from .bounds import affinity_bits, finite_rate_bits, landauer_bits
from .ledger import Ledger, work_bits
from .units import BOLTZMANN_J_PER_K, ROOM_TEMPERATURE_K, bit_J

__all__ = [
    "BOLTZMANN_J_PER_K",
    "ROOM_TEMPERATURE_K",
    "Ledger",
    "affinity_bits",
    "bit_J",
    "finite_rate_bits",
    "landauer_bits",
    "work_bits",
]
