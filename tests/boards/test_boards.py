"""The boards: pins, clocks and lights are those of their platforms, and what is not to be had is said in one line."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from importlib import import_module

import pytest

from limulator_boards.board import BOARDS, Board, suited
from limulator_boards.clock import make_clock
from limulator_boards.device import DEVICES, ECP5, ICE40
from limulator_boards.pins import Pin, constraints, find_pins
from limulator_boards.resources import Resources, check_fits, estimate, largest
from limulator_boards.tools import SynthesisError
from limulator_boards.top import board_numbers, top_verilog
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import PENALTY_FRAC, Shape

pytest.importorskip("amaranth_boards", reason="amaranth-boards is missing: pip install 'limulator[board]'")

EVERY = pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)


@EVERY
def test_a_board_has_pins_a_clock_and_room_for_its_array(board: Board) -> None:
    module, name = board.platform.split(".")
    platform = getattr(import_module(f"amaranth_boards.{module}"), name)
    assert platform.device == board.device
    device = DEVICES[board.device]
    pinout = find_pins(board)
    assert [pin.port for pin in pinout.pins] == ["pad", "rx", "tx", *board.lights]
    assert len({pin.site for pin in pinout.pins}) == len(pinout.pins)
    text = constraints(device.family, pinout)
    assert all(re.search(rf"\b{pin.port}\b.*\b{pin.site}\b", text) for pin in pinout.pins)
    clock = make_clock(device.family, pinout.oscillator_Hz, board.clock_Hz)
    assert clock.rate_Hz == board.clock_Hz
    assert board_numbers(clock.rate_Hz)["timeout"] == board.clock_Hz / 10
    top = top_verilog(pinout, clock)
    assert all(f"put {pin.port}" in top for pin in pinout.pins)
    check_fits(board.shape, device)


def test_pins_of_the_icebreaker() -> None:
    pinout = find_pins(BOARDS["icebreaker"])
    pins = {pin.port: pin for pin in pinout.pins}
    assert {port: pin.site for port, pin in pins.items()} == {
        "pad": "35",
        "rx": "6",
        "tx": "9",
        "error": "11",
        "running": "37",
    }
    assert pins["running"].low
    assert pinout.oscillator_Hz == 12e6
    assert "set_io -pullup yes rx 6\n" in constraints(ICE40, pinout)
    top = top_verilog(pinout, make_clock(ICE40, 12e6, 12e6))
    assert "wire clk = pad;" in top
    assert "assign running = ~is_running;" in top


def test_pins_of_the_ulx3s() -> None:
    pinout = find_pins(BOARDS["ulx3s-85f"])
    assert pinout.pins[1] == Pin("rx", "M1", False, (("IO_TYPE", "LVCMOS33"),))
    assert (pinout.package, pinout.speed) == ("BG381", "6")
    assert 'LOCATE COMP "tx" SITE "L4";\nIOBUF PORT "tx" IO_TYPE=LVCMOS33;\n' in constraints(ECP5, pinout)
    assert 'FREQUENCY PORT "pad" 25 MHZ;' in constraints(ECP5, pinout)


@pytest.mark.parametrize(
    ("family", "wanted", "settings"),
    [
        (ICE40, 18e6, [".DIVF(7'd47)", ".DIVQ(3'd5)", ".FILTER_RANGE(3'd1)"]),  # as icepll has them
        (ECP5, 75e6, [".CLKI_DIV(1)", ".CLKFB_DIV(3)"]),
    ],
)
def test_clocks(family, wanted: float, settings: list[str]) -> None:
    oscillator = 12e6 if family is ICE40 else 25e6
    clock = make_clock(family, oscillator, wanted)
    assert clock.rate_Hz == wanted
    assert all(setting in clock.verilog for setting in settings)


def test_an_oscillator_away_from_the_pll() -> None:
    own, other = (make_clock(ICE40, 12e6, 36e6, own_pad=own_pad).verilog for own_pad in (True, False))
    assert "SB_PLL40_PAD #(" in own
    assert ".PACKAGEPIN(pad)" in own
    assert other == own.replace("SB_PLL40_PAD", "SB_PLL40_CORE").replace("PACKAGEPIN", "REFERENCECLK")


@EVERY
def test_a_pll_keeps_within_the_data_sheet(board: Board) -> None:
    family = DEVICES[board.device].family
    oscillator = find_pins(board).oscillator_Hz
    verilog = make_clock(family, oscillator, board.clock_Hz).verilog
    numbers = {name: int(value) for name, value in re.findall(r"\.(\w+)\((?:\d'd)?(\d+)\)", verilog)}
    if board.clock_Hz == oscillator:
        assert not numbers  # no PLL
    elif family is ICE40:
        assert 533e6 <= oscillator * (numbers["DIVF"] + 1) <= 1066e6
    else:
        assert 400e6 <= oscillator * numbers["CLKFB_DIV"] * numbers["CLKOP_DIV"] <= 800e6


def test_clocks_that_cannot_be_made() -> None:
    for family, oscillator, wanted in ((ICE40, 12e6, 400e6), (ICE40, 5e6, 20e6), (ECP5, 25e6, 60e6)):
        with pytest.raises(SynthesisError, match=r"no PLL makes .* MHz of .*: choose another clock"):
            make_clock(family, oscillator, wanted)


def test_boards_that_are_not_there() -> None:
    board = BOARDS["icebreaker"]
    for changed, message in (
        ({"platform": "icebreaker.Nothing"}, "amaranth_boards has no icebreaker.Nothing: "),
        ({"platform": "nothing.Platform"}, "amaranth_boards has no nothing.Platform: "),
        ({"platform": "orangecrab_r0_2.OrangeCrabR0_2_25FPlatform"}, "OrangeCrab.* has no uart 0: choose another"),
        ({"lights": ("running",) * 9}, "ICEBreakerPlatform has no led 2: "),
    ):
        with pytest.raises(SynthesisError, match=message):
            find_pins(replace(board, **changed))


def test_without_amaranth_boards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "amaranth_boards", None)
    with pytest.raises(SynthesisError, match=r"amaranth_boards is missing: pip install 'limulator\[board\]'"):
        find_pins(BOARDS["icebreaker"])


COMPACT = {"compact": 1, "beta_bits": 15, "beta_frac": 11}
LATTICE = {"coupling_shift": 1, "field_shift": 1, "field_bits": 4, "levels": 2}


@pytest.mark.parametrize(
    ("shape", "device", "found"),
    [
        # nextpnr's figures
        (Shape(64, 8, coupling_shift=1), "LFE5U-85F", Resources(5875, 30, 17)),
        (Shape(256, 16, coupling_shift=1), "LFE5U-85F", Resources(12631, 56, 33)),
        (Shape(64, 8, bits=8, coupling_bits=8, beta_frac=20), "LFE5U-85F", Resources(9381, 48, 26)),
        (ColorShape(64, 32, **LATTICE), "LFE5U-85F", Resources(5789, 30, 1)),
        (ColorShape(128, 16, **LATTICE), "LFE5U-85F", Resources(4368, 25, 1)),
        (ColorShape(128, 64, **LATTICE), "LFE5U-85F", Resources(9468, 41, 1)),
        (ColorShape(4096, 16, **LATTICE, **COMPACT, deep=1, segments=93), "iCE40UP5K", Resources(5200, 30, 1)),
        (ColorShape(128, 8, **LATTICE, **COMPACT, segments=90), "iCE40UP5K", Resources(4889, 20, 1)),
        (ColorShape(2048, 8, **LATTICE, **COMPACT, deep=1, segments=11), "iCE40HX8K", Resources(4320, 28, 0)),
        (ColorShape(3072, 12, **LATTICE, **COMPACT, deep=1, segments=11), "iCE40HX8K", Resources(4990, 31, 0)),
        (Shape(64, 1, coupling_shift=1, beta_bits=15, beta_frac=11, segments=11), "iCE40HX8K", Resources(5952, 21, 0)),
        (Shape(96, 1, coupling_shift=1, beta_bits=15, beta_frac=11, segments=11), "iCE40HX8K", Resources(6598, 25, 0)),
        (Shape(128, 1, coupling_shift=1, beta_bits=15, beta_frac=11, segments=11), "iCE40HX8K", Resources(7531, 29, 0)),
        (Shape(96, 1, coupling_shift=1, beta_bits=15, beta_frac=11), "iCE40UP5K", Resources(5111, 21, 4)),
        (Shape(128, 1, coupling_shift=1, beta_bits=15, beta_frac=11), "iCE40UP5K", Resources(5963, 25, 4)),
    ],
    ids=str,
)
def test_the_estimate_is_near(shape: Shape, device: str, found: Resources) -> None:
    guess = estimate(shape, DEVICES[device])
    assert found.luts <= guess.luts <= 1.05 * found.luts
    assert (guess.memories, guess.multipliers) == (found.memories, found.multipliers)


def test_what_does_not_fit() -> None:
    device = DEVICES["iCE40UP5K"]
    shape = BOARDS["icebreaker"].shape
    best = largest(shape, device)
    assert best.cells >= 64
    check_fits(best, device)
    with pytest.raises(SynthesisError, match=rf"^an array of 512 cells .* logic cells, .*: at most {best.cells} cells fit"):
        check_fits(replace(shape, cells=512, field_bits=None), device)
    with pytest.raises(SynthesisError, match=r"takes 6,000 of 5,280 logic cells: at most"):
        check_fits(shape, device, Resources(6000, 1, 1))
    with pytest.raises(SynthesisError, match=r"multipliers.*: choose fewer lanes than 16$"):
        check_fits(Shape(256, 16), DEVICES["LFE5U-25F"])


def test_colour_arrays_that_do_not_fit() -> None:
    small, large = DEVICES["LFE5U-25F"], DEVICES["LFE5U-85F"]
    shape = ColorShape(800, 400, field_bits=4, levels=4)
    with pytest.raises(
        SynthesisError, match=r"^an array of 800 cells and 400 lanes takes about .* of 56 block mem"
    ) as error:
        check_fits(shape, small)
    lanes = int(re.search(r"choose fewer lanes, at most (\d+)$", str(error.value))[1])
    check_fits(replace(shape, cells=lanes * -(-800 // lanes), lanes=lanes), small)
    check_fits(replace(shape, lanes=200), large)
    with pytest.raises(SynthesisError, match=r"takes 90,000 of 83,640 LUTs: choose fewer lanes, at most \d+$"):
        check_fits(shape, large, Resources(90_000, 1, 1))
    with pytest.raises(SynthesisError, match=r": choose a smaller graph$"):
        check_fits(ColorShape(1 << 16, 1, segments=1 << 12), small)
    with pytest.raises(SynthesisError, match=r"takes about .* of 5,280 logic cells, .*: choose a smaller graph$"):
        check_fits(replace(shape, compact=1, segments=90), DEVICES["iCE40UP5K"])


def test_what_suits_a_board() -> None:
    shape = ColorShape(64, 32, **LATTICE)
    assert suited(shape, BOARDS["ulx3s-85f"]) == shape
    for board, segments in (("icebreaker", 93), ("hx8k", 11)):
        small = replace(shape, compact=1, segments=segments, beta_bits=15, beta_frac=11)
        assert suited(shape, BOARDS[board]) == suited(small, BOARDS[board]) == small
        for frac, bits in ((PENALTY_FRAC + 1, 16), (PENALTY_FRAC + 2, 15), (20, 15)):  # beta keeps its range
            found = suited(replace(shape, beta_frac=frac), BOARDS[board])
            assert (found.beta_bits, found.beta_bits - found.beta_frac) == (bits, 16 - frac)
        wide = replace(shape, cells=128, lanes=64)  # more than can be compact: it is refused for its size
        assert suited(wide, BOARDS[board]).compact == 0
        with pytest.raises(SynthesisError, match=r": choose fewer lanes, at most \d+$"):
            check_fits(suited(wide, BOARDS[board]), DEVICES[BOARDS[board].device])


def test_more_segments_than_wide_memories_hold() -> None:
    """A bank of the log takes two, and so does the schedule; what is short takes block memories."""
    device = DEVICES["iCE40UP5K"]
    for segments, wide in ((23, 0), (64, 2), (93, 4), (116, 4)):
        shape = ColorShape(64, 8, **LATTICE, **COMPACT, segments=segments)
        assert estimate(shape, device).wide_memories == wide
        check_fits(shape, device)
    with pytest.raises(SynthesisError, match=r"takes about 6 of 4 wide memories: choose fewer segments than 117$"):
        check_fits(replace(shape, segments=117), device)
