"""The insides of a component, by name: what an inductive proof says about states that cannot be told from outside."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from amaranth.hdl import Elaboratable, Fragment, Module, Signal, Value, ValueLike

__all__ = ["Opened", "past"]


class Opened(Elaboratable):
    """``component``, elaborated once; ``opened["name"]`` is what a local variable of its ``elaborate`` held at the end.

    Those of a submodule, or of one of its submodules: ``opened.of(opened["submodule"])["name"]``.
    """

    def __init__(self, component: Elaboratable) -> None:
        self._component = component
        self._locals: dict[int, dict[str, Any]] = {}

        def watch(frame: FrameType, event: str, _: object) -> None:
            if event == "return" and frame.f_code.co_name == "elaborate":
                names = dict(frame.f_locals)
                self._locals[id(names["self"])] = names

        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            self._fragment = Fragment.get(component, None)
        finally:
            sys.setprofile(before)

    def elaborate(self, platform: object) -> Fragment:
        return self._fragment

    def of(self, component: Elaboratable) -> dict[str, Any]:
        """The local variables of a component within."""
        return self._locals[id(component)]

    def __getitem__(self, name: str) -> Any:
        return self.of(self._component)[name]

    def ongoing(self, state: str) -> Value:
        """The component's state machine, its variable ``fsm``, is in ``state``."""
        machine = self["fsm"]
        return machine.state == machine.encoding[state]


class _Register(Elaboratable):
    def __init__(self, value: Value) -> None:
        self.value = value
        self.register = Signal(value.shape())

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.sync += self.register.eq(self.value)
        return m


def past(m: Module, value: ValueLike) -> Signal:
    """``value`` a clock ago, 0 in the first; may be called in any context, on which it does not depend."""
    register = _Register(Value.cast(value))
    m.submodules += register
    return register.register
