"""LiteX's own server and client run a problem on a virtual board, through its pseudo-terminal."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from instances import random_problem, random_schedule
from limulator_boards.csr import csr_csv
from limulator_boards.virtual import VirtualPort
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control, RegisterMap, Status
from limulator_sim.driver import Driver
from limulator_sim.golden import Golden
from limulator_sim.link import Link, Words

litex_client = pytest.importorskip("litex.tools.litex_client", reason="litex is not installed: pip install litex==2024.12")

_WORDS_AT_ONCE = 128
"""Fewer than the 256 that a packet of LiteX's can count."""


class LiteXLink(Link):
    """A link through LiteX's client."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def write(self, address: int, words: Words) -> None:
        numbers = [int(word) for word in words]
        for k in range(0, len(numbers), _WORDS_AT_ONCE):
            self.client.write(4 * (address + k), numbers[k : k + _WORDS_AT_ONCE])

    def read(self, address: int, count: int) -> Words:
        found: list[int] = []
        while len(found) < count:
            found += self.client.read(4 * (address + len(found)), min(_WORDS_AT_ONCE, count - len(found)))
        return np.array(found, np.uint32)

    def wait(self) -> bool:
        return not self.client.regs.lim_status.read() & self.client.constants.lim_status_running

    def close(self) -> None:
        self.client.close()


@pytest.fixture
def client(board: VirtualPort, shape: Shape, tmp_path: Path) -> Iterator[Any]:
    """A client of ``litex_server --uart`` on the board's pseudo-terminal."""
    (tmp_path / "csr.csv").write_text(csr_csv(shape))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["-m", "litex.tools.litex_server", "--uart", "--uart-port", board.terminal, "--bind-port", str(port)]
    server = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        client = litex_client.RemoteClient(port=port, csr_csv=str(tmp_path / "csr.csv"))
        deadline = monotonic() + 30
        while True:
            try:
                client.open()
                break
            except ConnectionRefusedError:
                if server.poll() is not None or monotonic() > deadline:
                    pytest.fail(f"litex_server does not listen: {server.communicate()[0]}")
                sleep(0.1)
        yield client
        client.close()
    finally:
        server.kill()
        server.communicate()


def test_litex_runs_a_problem(client: Any, shape: Shape) -> None:
    assert client.regs.lim_map_hash.read() == RegisterMap(shape).hash
    assert client.constants.lim_cells == shape.cells

    rng = np.random.default_rng(21)
    couplings, linear = random_problem(rng, shape)
    golden = Golden(shape, couplings, linear, [4])
    driver = Driver(LiteXLink(client), shape)
    driver.load_problem(couplings, linear)
    driver.load_state(golden.x[0], int(golden.records["energy"][0]))
    driver.load_seed(4)
    schedule = random_schedule(rng, shape, 6)
    driver.load_schedule(schedule)
    client.regs.lim_control.write(Control.START)
    driver.wait()
    golden.run(schedule)
    assert client.regs.lim_status.read() == Status.DONE
    assert driver.read_log(6).tolist() == [record[0].tolist() for record in golden.log]
    assert driver.read_x().tolist() == golden.x[0].tolist()
    state = client.read(client.mems.state.base, client.mems.state.size // 4)
    assert state == golden.x[0].tolist()  # with lanes a power of two the cells lie side by side

    assert client.regs.bridge_refused.read() == 0
    client.read(client.mems.linear.base)
    assert client.regs.bridge_refused.read() == 1 << 31 | client.mems.linear.base // 4
    client.regs.bridge_refused.write(0)
    assert client.regs.bridge_refused.read() == 0
