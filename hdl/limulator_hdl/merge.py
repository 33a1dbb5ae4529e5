"""Each distinct module of a Verilog text once: Amaranth writes one for every instance."""

from __future__ import annotations

import re
from collections.abc import Callable, Container

__all__ = ["merge_modules"]

_NAME = r"\\\S+|[A-Za-z_][\w$]*"
_MODULE = re.compile(rf"\n*(^(?:\(\*[^\n]*\*\)\n)*)^module\s+({_NAME})\s*(.*?)^endmodule$", re.MULTILINE | re.DOTALL)
# nothing else that begins a line with the name of a module goes on with another name or with parameters
_INSTANCE = re.compile(rf"^([ \t]*)({_NAME})\s+(?=[\\A-Za-z_]|#\s*\()", re.MULTILINE)
# Yosys's own names hold a number that grows from module to module
_MADE_UP = re.compile(r"\\\$auto\$\S*\$\d+(?=\s)")


def merge_modules(verilog: str) -> str:
    """The same design with only the first of all modules that have the same text, that module's name being kept.

    The names of the modules, those of their instances' modules where these are merged too, and the numbers of names that
    Yosys has made up do not count. Names of instances, signals and ports do, and none is changed.

    The Verilog is as Yosys writes it: every module and every instance begins a line. The top comes first.
    """
    modules = {_plain(module[2]): module for module in _MODULE.finditer(verilog)}
    texts: dict[str, int] = {}
    kinds: dict[str, int] = {}

    def kind(name: str) -> int:
        """The same for modules that are merged."""
        if name not in kinds:
            attributes, _, body = modules[name].groups()
            made_up: dict[str, str] = {}
            # a NUL is in no text, so what is put in cannot be taken for anything that was there
            body = _MADE_UP.sub(lambda found: made_up.setdefault(found[0], f"\0{len(made_up)}"), body)
            body = _instances(body, modules, lambda inner: f"\0{kind(inner)}")
            kinds[name] = texts.setdefault(attributes + body, len(texts))
        return kinds[name]

    kept: dict[int, str] = {}
    for name, module in modules.items():
        kept.setdefault(kind(name), module[2])

    def merged(module: re.Match[str]) -> str:
        if kept[kind(_plain(module[2]))] != module[2]:
            return ""
        return _instances(module[0], modules, lambda inner: kept[kind(inner)])

    return _MODULE.sub(merged, verilog)


def _plain(name: str) -> str:
    """The name, which may be escaped without need."""
    return name.removeprefix("\\")


def _instances(text: str, modules: Container[str], rename: Callable[[str], str]) -> str:
    """The text with the modules of its instances renamed; a space ends an escaped name, as Yosys has it."""

    def instance(found: re.Match[str]) -> str:
        name = _plain(found[2])
        if name not in modules:
            return found[0]
        new = rename(name)
        return f"{found[1]}{new} " + " " * new.startswith("\\")

    return _INSTANCE.sub(instance, text)
