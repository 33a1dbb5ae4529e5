"""csr.csv: the rows that LiteX's clients expect, and the addresses of the map."""

from __future__ import annotations

import csv

import pytest

from limulator_boards.board import BOARDS
from limulator_boards.csr import csr_csv
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.registers import REGISTERS, RegisterMap
from limulator_hdl.uartbone import OWN_BASE, OwnWord


def test_five_fields_a_row_and_no_blank_lines() -> None:
    for shape in (BOARDS["icebreaker"].shape, Shape(6, 3, 4), ColorShape(6, 3)):
        text = csr_csv(shape)
        assert text.endswith("\n")
        rows = [line.split(",") for line in text.splitlines()]
        assert {len(row) for row in rows} == {5}
        assert {row[0] for row in rows} == {"csr_base", "csr_register", "constant", "memory_region"}
        assert len({tuple(row[:2]) for row in rows}) == len(rows)
        assert ["constant", "config_csr_data_width", "32", "", ""] in rows
        assert ["constant", "config_bus_address_width", "32", "", ""] in rows


@pytest.mark.parametrize("shape", [Shape(6, 3, 4), ColorShape(6, 3)], ids=["event", "color"])
def test_addresses_are_those_of_the_map_in_bytes(shape: Shape) -> None:
    registers = RegisterMap(shape)
    rows = {(row[0], row[1]): row[2:] for row in csv.reader(csr_csv(shape).splitlines())}
    for register in REGISTERS:
        address, words, access = rows["csr_register", f"lim_{register.name.lower()}"]
        assert int(address, 16) == 4 * registers.register(register.name)
        assert words == "1"
        assert access == {(True, False): "ro", (False, True): "wo"}[register.access.readable, register.access.writable]
    for region in list(registers.regions.values())[1:]:
        address, size, kind = rows["memory_region", region.name.lower()]
        assert (int(address, 16), int(size), kind) == (4 * region.base, 4 * region.words, "io")
    assert int(rows["csr_register", "bridge_refused"][0], 16) == 4 * (OWN_BASE + OwnWord.REFUSED) == 0x80000008
    assert rows["constant", "lim_cells"][0] == "6"
    assert rows["constant", "lim_control_start"][0] == "1"
    assert rows["constant", "lim_record_energy"][0] == "18"
