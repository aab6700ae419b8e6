"""What was run, on what, with which version and seed."""

import hashlib
import json
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from math import isinf
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.optimization import Result, SearchOptions
    from optimizer.planning.quarter import QuarterPlan

LIBRARIES = ("queue-policy-optimizer", "ortools", "numpy", "scipy", "numba", "pydantic")


def run_record(branch: Path, result: "Result", options: "SearchOptions") -> dict[str, Any]:
    """Contents of ``run.json``."""
    chosen = {k: None if isinstance(v, float) and isinf(v) else v for k, v in asdict(options).items()}
    return {
        "command": ["qpo", *sys.argv[1:]],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": chosen,
        "seed": options.seed,
        "instance": {"path": str(branch), "sha256": instance_hash(branch)},
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "timings": {"solve_seconds": result.runtime},
        "ended_by": result.ending.value,
        "repeatable": result.ending.value not in ("time limit", "interrupted"),
    }


def quarter_record(branch: Path, plan: "QuarterPlan", chosen: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """What was planned for a quarter, on what, with which versions."""
    timings, ended = {"roster_seconds": plan.result.seconds}, {"roster": plan.result.ended_by}
    if plan.ground.layer is not None:
        layer = plan.ground.layer.result
        timings, ended = timings | {"policy_seconds": layer.runtime}, ended | {"policy": layer.ending.value}
    return {
        "command": ["qpo", *sys.argv[1:]],
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in chosen.items()},
        "instance": {"path": str(branch), "sha256": instance_hash(branch)},
        "versions": {name: version(name) for name in (*LIBRARIES, "holidays")} | {"python": platform.python_version()},
        "machine": {"system": platform.platform(), "processor": platform.machine()},
        "timings": timings,
        "ended_by": ended,
        "repeatable": plan.result.repeatable and not {"time limit", "interrupted"} & set(ended.values()),
        **run,
    }


def simulation_record(branch: Path, policy: Path, chosen: dict[str, Any]) -> dict[str, Any]:
    """What was simulated, on what, with which version."""
    return {
        "command": ["qpo", *sys.argv[1:]],
        "options": {name: str(value) if isinstance(value, Path) else value for name, value in chosen.items()},
        "instance": {"path": str(branch), "sha256": instance_hash(branch)},
        "policy": str(policy),
        "version": version("queue-policy-optimizer"),
    }


def forecast_record(branch: Path, history: Path | None, adjust: Path | None, chosen: dict[str, Any]) -> dict[str, Any]:
    """What was forecast, from what, with which versions."""
    files = {"history": history, "adjust": adjust, "calendar": chosen["overrides"]}
    return {
        "command": ["qpo", *sys.argv[1:]],
        "seed": chosen["seed"],
        "instance": {"path": str(branch), "sha256": instance_hash(branch)},
        "files": {name: None if path is None else str(path) for name, path in files.items()},
        "versions": {name: version(name) for name in ("queue-policy-optimizer", "holidays", "numpy")},
    }


def changed_since(run: Path, branch: Path) -> bool:
    """Whether an instance's data files are not those that a run folder was made from, as far as it says so."""
    try:
        before = json.loads((run / "run.json").read_text(encoding="utf-8"))["instance"]["sha256"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(before != instance_hash(branch))


PLANNED_WITH = {
    "history": "--history", "adjust": "--adjust", "overrides": "--calendar", "country": "--country",
    "pay_days": "--pay-days", "bill_days": "--bill-days",
}  # fmt: skip
"""Options that a plan made anew must be given again."""


def planned_otherwise(run: Path, chosen: dict[str, Any]) -> list[str]:
    """Options of the calendar and the forecast that a run folder was planned with, and that are others now."""
    try:
        before = json.loads((run / "run.json").read_text(encoding="utf-8"))["options"]
        then, now = ({name: _option(of.get(name)) for name in PLANNED_WITH} for of in (before, chosen))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
    return [
        f"{option} {then[name] or 'nothing'} then, {now[name] or 'nothing'} now"
        for name, option in PLANNED_WITH.items()
        if then[name] != now[name]
    ]


def _option(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)


def instance_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of the instance's data files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".toml", ".csv", ".json") and path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
