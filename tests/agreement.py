"""What two machines must agree on."""

from __future__ import annotations

from typing import Any

from limulator.result import Result

AGREED = ("state_sha256", "best_state", "best_energy", "counters")


def outcomes(result: Result) -> list[dict[str, Any]]:
    """Of each replica."""
    return [{name: replica[name] for name in AGREED} for replica in result.as_dict()["replicas"]]
