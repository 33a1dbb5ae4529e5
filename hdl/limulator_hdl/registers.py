"""The register map: declared here once, and used by the gateware, the drivers and the generated documentation.

Addresses are in 32-bit words. Cell i lies at offset ``(i // lanes) << lane_bits | i % lanes`` of a region of cells.
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from .color_shape import ColorShape
from .formats import SEGMENT_SPACING, SEGMENT_WORDS, Shape
from .graph import Graph
from .ledger import COUNTERS, RECORD_WORDS
from .quad import SEED_BITS, SEED_STEPS, generators
from .taus88 import STATE_WORDS

__all__ = ["REGISTERS", "Access", "Control", "Region", "Register", "RegisterMap", "Status"]


class Access(enum.StrEnum):
    """Who may touch it, and when. Anything else is answered with ``err``."""

    READ = "read"
    CONTROL = "write"
    SETUP = "write, halted"
    HALTED = "read, halted"
    STATE = "read and write, halted"

    @property
    def readable(self) -> bool:
        """It can be read."""
        return "read" in self.value

    @property
    def writable(self) -> bool:
        """It can be written."""
        return "write" in self.value

    @property
    def anytime(self) -> bool:
        """Also while the array runs."""
        return "halted" not in self.value


class Control(enum.IntFlag):
    """Bits of CONTROL. START and RESUME may come with STOP: one sweep."""

    START = 1
    """Begin the schedule at segment 0, from the present x, fields, counters and noise. A run that was paused and is given
    up had drawn words ahead of need: seed the noise again."""
    STOP = 2
    """Pause at the end of the sweep in progress."""
    RESUME = 4
    """Go on after a pause. Refused once a setup write has ended the pause."""
    CLEAR = 8
    """Counters to zero, best state to the present one."""
    FILL = 16
    """Rebuild the fields from x, a step for each unit of each cell; a colour array has nothing to rebuild."""


class Status(enum.IntFlag):
    """Bits of STATUS."""

    RUNNING = 1
    PAUSED = 2
    DONE = 4
    """The schedule has been run to its end."""


@dataclass(frozen=True)
class Register:
    """One word."""

    name: str
    access: Access
    meaning: str


REGISTERS = (
    Register("MAP_HASH", Access.READ, "first 32 bits of the SHA-256 of this map and the array's shape"),
    Register("CONTROL", Access.CONTROL, "commands, see Control"),
    Register("STATUS", Access.READ, "see Status"),
    Register("SEGMENT", Access.READ, "segment in progress; after the run, the number of segments"),
    Register("SWEEPS", Access.READ, "sweeps completed since START, modulo 2**32"),
    Register("SEGMENTS", Access.SETUP, "segments in use"),
    Register("ENERGY_LOW", Access.SETUP, "running energy, low word; taken when ENERGY_HIGH is written"),
    Register("ENERGY_HIGH", Access.SETUP, "running energy, high word"),
    Register("SEED", Access.SETUP, f"noise state, {STATE_WORDS} words a lane (z1, z2, z3), last lane first"),
)
"""The words at the start of the map, in address order."""


@dataclass(frozen=True)
class Region:
    """A block of words."""

    name: str
    access: Access
    meaning: str
    base: int
    words: int


class RegisterMap:
    """Addresses for one shape; that of a colour array comes with its graph.

    Each region lies at a multiple of its size rounded up to a power of two, so that the top bits of an address name the
    region and the low bits are the offset.
    """

    def __init__(self, shape: Shape, graph: Graph | None = None) -> None:
        self.shape, self.graph = shape, graph
        cells = shape.windows << shape.lane_bits
        schedule = f"{SEGMENT_SPACING} words a segment: {', '.join(SEGMENT_WORDS)}"
        wanted = [
            ("REGISTERS", Access.READ, "single registers", len(REGISTERS)),
            ("STATE", Access.STATE, "x of each cell; FILL after writing", cells),
            ("BEST", Access.HALTED, "x of each cell in the best state", cells),
            ("FIELD", Access.HALTED, "sum_j Q_ij x_j of each cell, sign extended; g_i = c_i + FIELD", cells),
            ("LINEAR", Access.SETUP, "c of each cell", cells),
            ("SCHEDULE", Access.SETUP, schedule, SEGMENT_SPACING * shape.segments),
            ("LOG", Access.HALTED, f"{RECORD_WORDS} words a segment, see COUNTERS", RECORD_WORDS * shape.segments),
            (
                "COUPLING",
                Access.SETUP,
                f"rows, {1 << self.row_bits} words apart, {shape.couplings_per_word} couplings a word, lane by lane",
                cells << self.row_bits,
            ),
        ]
        if isinstance(shape, ColorShape):
            linear = "c of each cell, plus its negative couplings" if shape.counts else "c of each cell"
            seeds = f"{SEED_STEPS} seed words of {SEED_BITS} bits for each generator"
            wanted[3:5] = [
                ("FIELD", Access.HALTED, "g - LINEAR of each cell, sign extended", cells),
                ("LINEAR", Access.SETUP, linear, cells),
                ("NOISE", Access.SETUP, seeds, generators(shape.lanes, shape.noise_steps)),
            ]
            wanted[-1] = (
                "COUPLING",
                Access.SETUP,
                f"{1 << self.row_bits} words a cell, {shape.couplings_per_word} couplings a word, in its neighbours' order",
                cells << self.row_bits,
            )
        elif shape.bits > 1:
            wanted.insert(5, ("DIAGONAL", Access.SETUP, "coupling of each cell with itself, as in its row", cells))
        base = 0
        regions = []
        for name, access, meaning, words in wanted:
            size = 1 << (words - 1).bit_length()
            base = -(-base // size) * size
            regions.append(Region(name, access, meaning, base, words))
            base += size
        self.regions = {region.name: region for region in regions}
        self.address_bits = (base - 1).bit_length()

    def _meaning(self, register: Register) -> str:
        if register.name == "SEED" and isinstance(self.shape, ColorShape):
            return "any word: the noise of all lanes to zero, before NOISE is written"
        return register.meaning

    @property
    def row_bits(self) -> int:
        """Address bits within a coupling row."""
        return (self.shape.row_words - 1).bit_length()

    def register(self, name: str) -> int:
        """Address of a register."""
        return [register.name for register in REGISTERS].index(name)

    def cell(self, region: str, cell: int) -> int:
        """Address of a cell in one of the regions of cells."""
        window, lane = divmod(cell, self.shape.lanes)
        return self.regions[region].base + (window << self.shape.lane_bits | lane)

    def row(self, cell: int) -> int:
        """Address of the first word of a coupling row."""
        return self.regions["COUPLING"].base + (
            (self.cell("COUPLING", cell) - self.regions["COUPLING"].base) << self.row_bits
        )

    def describe(self) -> dict[str, Any]:
        """The whole map as plain data; the hash covers all of it."""
        wires = {} if self.graph is None else {"graph": sha256(self.graph.dumps().encode()).hexdigest()}
        return wires | {
            "shape": self.shape.as_dict(),
            "address_bits": self.address_bits,
            "registers": [
                {"name": r.name, "address": address, "access": str(r.access), "meaning": self._meaning(r)}
                for address, r in enumerate(REGISTERS)
            ],
            "control": {flag.name: flag.value for flag in Control},
            "status": {flag.name: flag.value for flag in Status},
            "regions": [
                {"name": r.name, "address": r.base, "words": r.words, "access": str(r.access), "meaning": r.meaning}
                for r in self.regions.values()
            ],
            "counters": [{"name": c.name, "word": 2 * k, "meaning": c.meaning} for k, c in enumerate(COUNTERS)],
        }

    @property
    def hash(self) -> int:
        """What MAP_HASH reads."""
        text = json.dumps(self.describe(), sort_keys=True)
        return int.from_bytes(sha256(text.encode()).digest()[:4], "big")

    def markdown(self) -> str:
        """The map as a page for people."""
        lines = [
            f"# Register map of `{self.shape}`",
            "",
            f"MAP_HASH {self.hash:#010x}. {__doc__.split(chr(10) * 2)[1]}",
        ]
        for title, rows in self.describe().items():
            if not isinstance(rows, list):
                continue
            names = list(rows[0])
            lines += ["", f"## {title.capitalize()}", "", f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
            for row in rows:
                lines.append(f"| {' | '.join(f'{v:#x}' if n == 'address' else str(v) for n, v in row.items())} |")
        for title, flags in (("Control", Control), ("Status", Status)):
            lines += ["", f"## {title} bits", "", *(f"- `{flag.name}` = {flag.value}" for flag in flags)]
        return "\n".join(lines) + "\n"
