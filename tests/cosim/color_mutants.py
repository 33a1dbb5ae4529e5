"""Mistakes in the gateware of the colour array."""

from __future__ import annotations

from cosim.cases import ROUNDING, TIES
from cosim.graphs import hub_graph
from cosim.mutant import STRAIGHT, SWEEPS, Mutant
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph

__all__ = ["COLOR_MUTANTS"]

WIRED = ColorShape(cells=12, lanes=3, degree=5, levels=5, segments=8)
WIRES = hub_graph(WIRED, empty=[8, 11])
ADDED = ColorShape(cells=12, lanes=2, degree=9, coupling_bits=4, coupling_shift=1, levels=40, segments=8)
ADDED_WIRES = hub_graph(ADDED)
TORUS = ColorShape(cells=24, lanes=4, coupling_shift=1, field_shift=1, deep=1, segments=8)
COMPACT = ColorShape(cells=48, lanes=6, coupling_shift=1, field_shift=1, deep=1, compact=1, segments=8)
FREE = ColorShape(cells=12, lanes=4, degree=1, segments=8)
MANY = ColorShape(cells=160, lanes=32, degree=2, levels=2, segments=4)
LEFT_OVER = ColorShape(cells=160, lanes=32, degree=2, levels=3, segments=4)
"""One in which the level of delta = 0 shares its comparison with none."""
CASES = (0, 6, 9, 10)
"""Dense, sparse and extreme couplings, and barriers that change."""


def wired(what: str, file: str, old: str, new: str) -> Mutant:
    """A mistake that shows where cells are wired."""
    return Mutant(f"colours: {what}", file, old, new, WIRED, SWEEPS, CASES, WIRES)


def rounded(what: str, file: str, old: str, new: str) -> Mutant:
    """One that shows in a word of thousands."""
    return Mutant(f"colours: {what}", file, old, new, FREE, STRAIGHT, (ROUNDING,), Graph.of(12, []))


def tied(what: str, file: str, old: str, new: str, shape: ColorShape = MANY) -> Mutant:
    """One that shows where a draw is as low as the threshold."""
    return Mutant(f"colours: {what}", file, old, new, shape, STRAIGHT, (TIES,), Graph.of(shape.cells, []))


def added(what: str, file: str, old: str, new: str) -> Mutant:
    """One that shows where couplings have more than two bits, and more than a word a cell."""
    return Mutant(f"colours: {what}", file, old, new, ADDED, SWEEPS, CASES, ADDED_WIRES)


def deep(what: str, file: str, old: str, new: str) -> Mutant:
    """One that shows where cells are in memory."""
    return Mutant(f"colours: {what}", file, old, new, TORUS, SWEEPS, CASES, Graph.torus(4, 6))


def compact(what: str, file: str, old: str, new: str) -> Mutant:
    """One that shows in a compact array, deep as well."""
    return Mutant(f"colours: {what}", file, old, new, COMPACT, SWEEPS, CASES, Graph.torus(6, 8))


COLOR_MUTANTS = [
    wired("a wire to the wrong cell", "wired_cells.py", "wires[slot] if", "wires[slot - 1] if"),
    wired("a window written to the next", "wired_cells.py", "attempt_soon << soon", "attempt_soon << self.window"),
    wired("empty cells step", "wired_cells.py", "filled & passes(", "passes("),
    wired("attempts of empty cells", "window_counters.py", "shape.cells - len(graph.empty)", "shape.cells"),
    wired(
        "couplings of the next window", "local_memory.py", "write.addr.eq(self.window)", "write.addr.eq(self.window - 1)"
    ),
    wired("negative couplings as none", "site.py", "q[0] & (x ^ q[1])", "q[0] & x & ~q[1]"),
    wired("uphill is downhill at x = 1", "site.py", "(g != 0) & (g[-1] == x)", "(g != 0) & ~g[-1]"),
    wired("a level for one delta more", "site.py", "Mux(g[-1], ~g, g - 1)", "Mux(g[-1], ~g, g)"),
    rounded("a threshold too low by one", "levels.py", "fraction + 1", "fraction"),
    tied("thresholds always rounded up", "levels.py", "(threshold + ~self.common)", "(threshold + 0xFFFF)"),
    rounded("penalty rounded down", "levels.py", "(multiple + half) >>", "multiple >>"),
    tied("a draw at its level passes", "below.py", "self.draw < Mux", "self.draw <= Mux"),
    tied("a draw at the middle level passes", "level_gate.py", "self.draw < self.levels", "self.draw <= self.levels"),
    tied("a draw at the level left over passes", "level_gate.py", "self.used < lower", "self.used <= lower", LEFT_OVER),
    tied("the next window's common bits", "color_array.py", "tokens[Levels.common_at + 1 -", "tokens[Levels.common_at -"),
    tied("the common bits of another lane", "color_array.py", "common.draws[:COMMON_BITS]", "common.draws[COMMON_BITS:]"),
    wired("the lower half let through", "level_gate.py", "passed & found", "passed"),
    wired("a delta in the other half", "level_gate.py", "word_select(middle - away,", "word_select(middle - away + 1,"),
    wired("half the levels of the next window", "wired_cells.py", "gate.later.eq(later)", "gate.later.eq(self.levels)"),
    wired("the next window's barrier", "levels.py", "penalty.eq(barrier + climb)", "penalty.eq(self.barrier + climb)"),
    wired("too large a penalty lets through", "levels.py", "Mux(penalty < _CLOSED, ", "Mux(1, "),
    wired(
        "the next draw compared with half of the levels",
        "level_gate.py",
        "below.draw.eq(self.used)",
        "below.draw.eq(self.draw)",
    ),
    wired("draws of another lane", "quad_noise.py", "Cat(q) if", "Cat(q[::-1]) if"),
    wired("noise drawn with no window", "color_array.py", "draw.eq(tokens[draw_at - 1].valid)", "draw.eq(running)"),
    wired("a seed word in the wrong place", "quad_noise.py", "seed[lane::LANES] if", "seed[::LANES] if"),
    wired("seed words for the wrong quad", "lane_group.py", "quad == number)", "quad == number ^ 1)"),
    wired("steps down counted as up", "tally.py", '"down": ~self', '"down": self'),
    wired("flat steps counted as down", "tally.py", " & ~self.level[lane]", ""),
    wired("flat steps not counted", "tally.py", '"flat": self.level[lane]', '"flat": 0'),
    wired("no more than 2 of a delta counted", "tally.py", "sum(parts, counts[kind])", "sum(parts[:1], counts[kind])"),
    wired(
        "heat with a later window's beta",
        "color_array.py",
        "counters.beta.eq(betas.delayed)",
        "counters.beta.eq(issued.beta)",
    ),
    wired("heat of the wrong sign", "window_counters.py", '"heat": (heat, -1)', '"heat": (heat, 1)'),
    wired("a carry lost", "window_counters.py", "read.data + operand + carry", "read.data + operand"),
    wired(
        "a subtotal booked again",
        "window_counters.py",
        "subtotal.eq(Mux(its_turn[name], value * sign, ",
        "subtotal.eq(Mux(0, value * sign, ",
    ),
    wired("steps up that toggle nothing", "window_counters.py", '(adding == _WORDS["up"]) | ', ""),
    wired("a tie taken for a better state", "window_counters.py", "energy < best_energy", "energy <= best_energy"),
    wired("best state copied too late", "color_array.py", "tally.latency + 2)", "tally.latency + 1)"),
    wired("best state copied too early", "color_array.py", "tally.latency + 2)", "tally.latency + 3)"),
    wired("best state always copied", "color_array.py", "late[1] & copying", "late[1]"),
    wired("a record before all is counted", "color_array.py", "draining == booked_at + 3 + RECORD_WORDS", "draining == 5"),
    wired(
        "stopped in mid-sweep",
        "color_array.py",
        "issued.last_window & (issued.last_sweep | stopping)",
        "(issued.last_window & issued.last_sweep | stopping)",
    ),
    added("couplings without their sign", "site.py", "(q & x.replicate(len(q))).as_signed()", "(q & x.replicate(len(q)))"),
    added(
        "a row's words in reverse",
        "local_memory.py",
        "Cat(self.word, self.part)[len(self.part) :]",
        "Cat(self.part, self.word)[: len(self.word)]",
    ),
    added("a cell's couplings in the memory before", "local_memory.py", "== lane for", "== lane + 1 for"),
    deep("the other colour before all of one is written", "column_cells.py", "else (6, 5)", "else (6, 4)"),
    deep(
        "the fourth neighbour on the wrong side",
        "column_cells.py",
        "beyond[0].eq(Mux(second, after, before + half))",
        "beyond[0].eq(Mux(second, before, after + half))",
    ),
    deep(
        "left and right swapped",
        "column_cells.py",
        "same[lane - 1], same[(lane + 1) % shape.lanes]",
        "same[(lane + 1) % shape.lanes], same[lane - 1]",
    ),
    deep(
        "written a window late",
        "column_cells.py",
        "store_window=written[-1]",
        "store_window=written[-2]",
    ),
    compact("the other colour too early in a compact array", "column_cells.py", "(4, 4) if", "(4, 3) if"),
    compact("draws of the other step", "quad_noise.py", "Cat(p, q)", "Cat(q, p)"),
    compact("a second step from the first one's word alone", "quad_noise.py", "words[step + 1][", "words[1]["),
    compact("draws compared a clock too soon", "color_array.py", "tokens[draw_at - 1]", "tokens[draw_at - 2]"),
    compact(
        "levels for one delta more",
        "level_gate.py",
        "self.later.word_select(delta,",
        "self.later.word_select(delta and delta - 1,",
    ),
    deep("x of the wrong lane", "column_cells.py", "own[lane + 1 :] or", "own[lane:] or"),
    deep("levels of half the deltas", "levels.py", "self.beta << shape.field_shift", "self.beta"),
    deep("sums in the unit of fields", "tally.py", '- sums["down"]) << shape.field_shift', '- sums["down"])'),
    deep("linear terms in units of E", "color_array.py", "write_data[shape.field_shift :]", "write_data"),
]
