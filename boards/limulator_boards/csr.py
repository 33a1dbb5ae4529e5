"""A board's address map as the csr.csv that LiteX's clients read."""

from __future__ import annotations

from limulator_hdl.formats import Shape
from limulator_hdl.ledger import COUNTERS, RECORD_WORDS
from limulator_hdl.registers import REGISTERS, Control, RegisterMap, Status
from limulator_hdl.uartbone import OWN_BASE, OwnWord

__all__ = ["csr_csv"]


def csr_csv(shape: Shape) -> str:
    """The map of :class:`.BoardTop` in five fields a row, addresses and sizes in bytes.

    The array's registers are ``lim_*``, the bridge's own words ``bridge_*``, and the regions memories. Flags of CONTROL and
    STATUS, the shape, and the words of a record in LOG are constants; each counter is two words there, low word first.
    """
    registers = RegisterMap(shape)
    rows = [("csr_base", "lim", "0x00000000", "", ""), ("csr_base", "bridge", f"{4 * OWN_BASE:#010x}", "", "")]

    def register(name: str, address: int, access: str) -> None:
        rows.append(("csr_register", name.lower(), f"{4 * address:#010x}", "1", access))

    def constant(name: str, value: int) -> None:
        rows.append(("constant", name.lower(), str(value), "", ""))

    for each in REGISTERS:
        register(f"lim_{each.name}", registers.register(each.name), "wo" if each.access.writable else "ro")
    for word in (OwnWord.WRITTEN, OwnWord.ANSWERED, OwnWord.REFUSED):
        register(f"bridge_{word.name}", OWN_BASE + word, "rw" if word is OwnWord.REFUSED else "ro")
    for flag in (*Control, *Status):
        constant(f"lim_{type(flag).__name__}_{flag.name}", flag.value)
    for name, value in shape.as_dict().items():
        constant(f"lim_{name}", value)
    constant("lim_record_words", RECORD_WORDS)
    for number, counter in enumerate(COUNTERS):
        constant(f"lim_record_{counter.name}", 2 * number)
    constant("config_csr_data_width", 32)
    constant("config_bus_address_width", 32)
    for region in registers.regions.values():
        if region.name != "REGISTERS":
            rows.append(("memory_region", region.name.lower(), f"{4 * region.base:#010x}", str(4 * region.words), "io"))
    return "".join(",".join(row) + "\n" for row in rows)
