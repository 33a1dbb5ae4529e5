"""One JSON object a line, machine and versions first."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version


def machine(*packages: str) -> None:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    processor = platform.processor()
    try:
        with open("/proc/cpuinfo") as info:
            processor = next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except OSError:
        pass
    emit_raw = {"machine": platform.platform(), "processor": processor, "cores": os.cpu_count()}
    print(json.dumps(emit_raw | {"python": platform.python_version(), "versions": found}), flush=True)


def report(benchmark: str, case: str, subject: str, metric: str, value: float, unit: str) -> None:
    line = {"benchmark": benchmark, "case": case, "subject": subject, "metric": metric, "value": value, "unit": unit}
    print(json.dumps(line), flush=True)
