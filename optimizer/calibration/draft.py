"""A branch while it is put together: its raw data, and of every number whether it was learnt or assumed."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from optimizer.calibration.estimate import Estimated
from optimizer.calibration.toml_text import Remarks

FILL_IN = "assumed: fill in"
Path = tuple[str, ...]


class Source(StrEnum):
    """Where a number of the branch comes from."""

    LEARNT = "learnt"
    ASSUMED = "assumed"
    BASE = "base"
    KNOWN = "known"


@dataclass(frozen=True)
class Entry:
    """A number of the branch, as people read it."""

    what: str
    """Keys of the branch, joined by dots, or words for many."""
    value: str
    source: Source
    words: str
    """From how many and how sure, or why it was assumed."""


@dataclass
class Draft:
    """A branch while it is put together."""

    raw: dict[str, Any]
    remarks: dict[Path, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def put(self, path: Path, value: Any, remark: str | None = None) -> None:
        """Set a value, its tables made as needed."""
        table = self.raw
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = value
        for other in [other for other in self.remarks if other[: len(path)] == path]:
            del self.remarks[other]
        if remark:
            self.remarks[path] = remark

    def learn(
        self,
        path: Path,
        estimate: Estimated,
        of: str,
        value: Any = None,
        show: Callable[[float], str] = "{:.4g}".format,
    ) -> None:
        """Set a value that was learnt; where it is not the estimate itself, it was made of it."""
        words = said(estimate, of)
        self.put(path, number(estimate.value) if value is None else value, f"learnt from {words}")
        self.entries.append(Entry(".".join(path), show(estimate.value), Source.LEARNT, words))

    def find(self, path: Path, value: Any, words: str) -> None:
        """Set a value that was learnt without an error to tell."""
        self.put(path, value, f"learnt: {words}")
        self.entries.append(Entry(".".join(path), _shown(value), Source.LEARNT, words))

    def assume(self, path: Path, value: Any, words: str = "") -> None:
        """Set a value that no log tells."""
        self.put(path, value, f"{FILL_IN}; {words}" if words else FILL_IN)
        self.entries.append(Entry(".".join(path), _shown(value), Source.ASSUMED, words))

    def know(self, path: Path, value: Any, words: str) -> None:
        """Set a value that is known otherwise."""
        self.entries = [entry for entry in self.entries if entry.what != ".".join(path)]
        self.put(path, value, f"known: {words}")
        self.entries.append(Entry(".".join(path), _shown(value), Source.KNOWN, words))

    def tell(self, what: str, value: str, source: Source, words: str) -> None:
        """Say where something comes from that stands in no line of the branch's main file."""
        self.entries.append(Entry(what, value, source, words))

    @property
    def marks(self) -> Remarks:
        """Comments of the branch's main file."""
        return self.remarks


def number(value: float) -> float:
    """A number with no more digits than it is worth.

    >>> number(3.14159)
    3.142
    """
    return float(f"{value:.4g}")


def said(estimate: Estimated, of: str) -> str:
    """Sample size and interval in words.

    >>> said(Estimated(3.0, 0.5, 1200), "services")
    'n = 1,200 services, 95 %: 2.02 to 3.98'
    """
    low, high = estimate.interval(0.95)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"n = {estimate.n:,} {of}, too few to say how sure"
    return f"n = {estimate.n:,} {of}, 95 %: {low:.3g} to {high:.3g}"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(inner)}" for key, inner in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)
