"""The link to a board: what it reads and writes, and what it makes of a bad line."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from instances import random_problem, random_schedule
from limulator_boards import serial
from limulator_boards.port import QUIET_S
from limulator_boards.serial import SerialError, SerialLink
from limulator_boards.virtual import VirtualPort
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control, Status
from limulator_hdl.uartbone import OWN_BASE, OwnWord
from limulator_sim.driver import Driver
from limulator_sim.golden import Golden
from limulator_sim.link import BusError
from limulator_sim.virtual_board import VirtualBoard

Fault = Callable[[bytes], bytes]


class Line:
    """A serial line to a virtual board without a socket, on which faults can be put, and whose time is its own."""

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self.now = 0.0
        self.there: Fault = bytes
        self.back: Fault = bytes
        self.answers = b""

    def write(self, data: bytes) -> None:
        self.answers += self.back(self.board.exchange(self.there(data)))

    def read(self, size: int) -> bytes:
        if not self.answers:
            self.now += QUIET_S
            if self.board.active:
                self.answers += self.board.exchange(clocks=VirtualBoard.TIMEOUT)
        taken, self.answers = self.answers[:size], self.answers[size:]
        return taken

    def close(self) -> None:
        pass


@pytest.fixture
def line(shape: Shape, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The line that a link opens; its board has just been reset."""
    line = Line(VirtualBoard(shape))
    monkeypatch.setattr(serial, "open_port", lambda port: line)
    monkeypatch.setattr(serial, "monotonic", lambda: line.now)
    monkeypatch.setattr(serial, "sleep", lambda seconds: None)
    yield line
    line.board.close()


def run_and_compare(link: SerialLink, seed: int, segments: int = 5) -> None:
    """Load a random problem, run it, and compare everything with the golden model."""
    shape = link.shape
    rng = np.random.default_rng(seed)
    couplings, linear = random_problem(rng, shape)
    golden = Golden(shape, couplings, linear, [seed])
    driver = Driver(link, shape)
    driver.load_problem(couplings, linear)
    driver.load_state(golden.x[0], int(golden.records["energy"][0]))
    driver.load_seed(seed)
    schedule = random_schedule(rng, shape, segments)
    driver.load_schedule(schedule)
    driver.command(Control.START)
    driver.wait()
    golden.run(schedule)
    assert driver.status == Status.DONE
    assert driver.read_log(segments).tolist() == [record[0].tolist() for record in golden.log]
    assert driver.read_x().tolist() == golden.x[0].tolist()
    assert driver.read_best().tolist() == golden.best[0].tolist()
    assert (linear + driver.read_coupled_field()).tolist() == golden.g[0].tolist()


@pytest.mark.parametrize("where", ["url", "terminal"])
def test_a_board_equals_the_golden_model(board: VirtualPort, shape: Shape, where: str) -> None:
    with SerialLink(getattr(board, where)) as link:
        assert link.shape == shape
        assert link.clocks is None
        for seed, segments in ((1, 5), (2, shape.segments)):
            run_and_compare(link, seed, segments)


def test_more_words_than_a_request_holds(line: Line) -> None:
    with SerialLink("a board") as link:
        region = Driver(link, link.shape).map.regions["SCHEDULE"]
        assert region.words == 512
        link.write(region.base, np.arange(region.words, dtype=np.uint32))
        assert link.read(0, 0).size == 0
        log = Driver(link, link.shape).map.regions["LOG"]
        assert link.read(log.base, log.words).size == log.words > 4 * 255


def test_refused_accesses_name_the_first_address(line: Line) -> None:
    with SerialLink("a board") as link:
        driver = Driver(link, link.shape)
        best, linear, state = (driver.map.regions[name] for name in ("BEST", "LINEAR", "STATE"))
        with pytest.raises(BusError, match=f"^write refused at word address {best.base:#x}$"):
            link.write(best.base, np.zeros(3, np.uint32))
        with pytest.raises(BusError, match=f"^read refused at word address {linear.base:#x}$"):
            link.read(linear.base, 1)
        end = state.base + state.words
        with pytest.raises(BusError, match=f"^write refused at word address {end:#x}$"):
            link.write(end - 2, np.zeros(4, np.uint32))
        with pytest.raises(BusError, match=f"^read refused at word address {end:#x}$"):
            link.read(end - 2, 4)
        assert not line.board.error
        run_and_compare(link, 3)


def test_a_word_that_looks_like_a_refusal_is_none(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    with SerialLink("a board") as link:
        monkeypatch.setattr(serial, "REFUSED_WORD", link.shape.cells)
        assert link.read(OWN_BASE + OwnWord.CONSTANTS, 2).tolist() == [link.shape.cells, link.shape.lanes]


def test_a_run_left_behind_is_stopped(line: Line) -> None:
    link = SerialLink("a board")
    driver = Driver(link, link.shape)
    driver.load_schedule([(0, 1 << 20, 0, 0, 1 << 31)])
    driver.command(Control.START)
    assert not link.wait()
    link.close()
    with SerialLink("a board") as link:
        assert Driver(link, link.shape).status == Status.PAUSED
        run_and_compare(link, 4)


def once(place: int, fault: Fault) -> Fault:
    """The fault on the byte at ``place`` of all that passes."""
    passed = 0

    def apply(data: bytes) -> bytes:
        nonlocal passed
        k = place - passed
        passed += len(data)
        return data[:k] + fault(data[k : k + 1]) + data[k + 1 :] if 0 <= k < len(data) else data

    return apply


FAULTS: dict[str, Fault] = {
    "lost": lambda byte: b"",
    "flipped": lambda byte: bytes([byte[0] ^ 0x01]),
    "inverted": lambda byte: bytes([byte[0] ^ 0xFF]),
    "twice": lambda byte: byte + byte,
}


@contextmanager
def faulty(line: Line, there: Fault = bytes, back: Fault = bytes) -> Iterator[None]:
    line.there, line.back = there, back
    try:
        yield
    finally:
        line.there = line.back = bytes


@pytest.mark.parametrize("name", FAULTS)
def test_what_was_read_wrongly_is_read_again(line: Line, name: str) -> None:
    """A fault at every byte of a read and of its check, on the way there and back."""
    x = np.array([1, 0, 1, 1], np.uint32)
    with SerialLink("a board") as link:
        base = Driver(link, link.shape).map.regions["STATE"].base
        link.write(base, x)
        for place in range(12):
            with faulty(line, there=once(place, FAULTS[name])):
                assert link.read(base, 4).tolist() == x.tolist()
        for place in range(24):
            with faulty(line, back=once(place, FAULTS[name])):
                assert link.read(base, 4).tolist() == x.tolist()
        run_and_compare(link, 5)


@pytest.mark.parametrize("name", FAULTS)
def test_what_was_written_wrongly_is_an_error(line: Line, name: str) -> None:
    """A fault at every byte of a write: it is noticed, and the next link finds the board as good as new."""
    x = np.array([1, 0, 1, 1], np.uint32)
    request = 6 + 4 * 4
    for place in range(request):
        with SerialLink("a board") as link:
            base = Driver(link, link.shape).map.regions["STATE"].base
            with faulty(line, there=once(place, FAULTS[name])):
                try:
                    link.write(base, x)
                except (SerialError, BusError) as error:
                    assert "\n" not in str(error)
                else:  # one byte more behind the last one changes nothing
                    assert (name, place) == ("twice", request - 1)
                    assert link.read(base, 4).tolist() == x.tolist()
    with SerialLink("a board") as link:
        for place in range(request, request + 6):  # the check, which is done again
            with faulty(line, there=once(place, FAULTS[name])):
                link.write(base, x)
        for place in range(4):
            with faulty(line, back=once(place, FAULTS[name])):
                link.write(base, x)
        run_and_compare(link, 6)


def test_a_bad_line_gives_the_right_result_or_an_error(line: Line) -> None:
    """Bytes lost, flipped and doubled at random: never a wrong result, and afterwards all is well."""
    rng = np.random.default_rng(7)
    faults = list(FAULTS.values())

    def bad(rate: float) -> Fault:
        def apply(data: bytes) -> bytes:
            parts = [bytes([byte]) for byte in data]
            for k in np.flatnonzero(rng.random(len(parts)) < rate):
                parts[k] = faults[rng.integers(len(faults))](parts[k])
            return b"".join(parts)

        return apply

    outcomes = []
    for k in range(20):
        try:
            with faulty(line, there=bad(1e-3), back=bad(2e-3)), SerialLink("a board") as link:
                run_and_compare(link, 100 + k, 2)
            outcomes.append("right")
        except (SerialError, BusError) as error:
            assert "\n" not in str(error)
            outcomes.append("error")
    assert {"right", "error"} == set(outcomes)
    with SerialLink("a board") as link:
        run_and_compare(link, 8)


def test_noise_leaves_the_board_usable(line: Line) -> None:
    rng = np.random.default_rng(9)
    for _ in range(4):
        line.write(rng.bytes(1000))
        with SerialLink("a board") as link:
            run_and_compare(link, 10)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda data: b"", "^a board does not answer at 115200 baud: load the gateware"),
        (lambda data: bytes(len(data)), "^a board answers, but not as Limulator's boards do"),
    ],
)
def test_a_line_without_a_board(line: Line, fault: Fault, message: str) -> None:
    line.back = fault
    with pytest.raises(SerialError, match=message):
        SerialLink("a board")


def test_a_line_that_never_falls_silent(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(size: int) -> bytes:
        line.now += 0.1
        return b"boot "

    monkeypatch.setattr(line, "read", read)
    with pytest.raises(SerialError, match=r"^a board talks without being asked"):
        SerialLink("a board")


def test_gateware_of_another_version(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial.RegisterMap, "hash", 0x12345678)
    with pytest.raises(SerialError, match=r"another version \(map hash 0x[0-9a-f]{8}, not 0x12345678\): load that of this"):
        SerialLink("a board")


def test_ports_that_cannot_be_opened(board: VirtualPort, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    def message(port: str) -> str:
        with pytest.raises(SerialError) as error:
            SerialLink(port)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert message("/dev/nowhere").startswith("/dev/nowhere is not there: plug the board in")
    (tmp_path / "file").touch()
    assert "name a serial port" in message(str(tmp_path / "file"))
    assert "name one as" in message("carrier-pigeon://a")
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert message(f"socket://127.0.0.1:{free}").startswith("nothing listens at socket://")
    with SerialLink(board.terminal):
        assert "in use by another program: end that first" in message(board.terminal)
    with SerialLink(board.url):
        assert "closed by the other side" in message(board.url)

    def denied(*arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert message("/dev/ttyUSB0").startswith("/dev/ttyUSB0 may not be opened by you: sudo usermod -aG dialout")
    monkeypatch.setitem(sys.modules, "serial", None)
    assert message("/dev/ttyUSB0") == "/dev/ttyUSB0 needs pyserial: pip install 'limulator[board]'"
