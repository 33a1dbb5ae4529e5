"""``python -m formal.export bus_rules:Rules`` prints the RTLIL of that class of that module, whose input ports are free."""

from __future__ import annotations

import sys
from importlib import import_module

from amaranth.back import rtlil

if __name__ == "__main__":
    module, name = sys.argv[1].split(":")
    rules = getattr(import_module(f"formal.{module}"), name)()
    print(rtlil.convert(rules, name="top"))
