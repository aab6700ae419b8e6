"""What a log is doubted for, how serious it is, and how it is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How serious a doubt is."""

    NOTE = 0
    WARNING = 1
    """Estimates may be off."""
    REFUSE = 2
    """No estimate should be made of it."""


@dataclass(frozen=True)
class Doubt:
    """What one check has found."""

    name: str
    severity: Severity
    words: str
    found: Mapping[str, float] = field(default_factory=dict)
    """The numbers behind the words."""

    def __str__(self) -> str:
        return f"{self.severity.name.lower()}: {self.name}: {self.words}"


@dataclass(frozen=True)
class DoubtReport:
    """What all checks have found, the most serious first."""

    doubts: tuple[Doubt, ...]

    @property
    def refused(self) -> bool:
        """Whether one of them says that the log should not be used."""
        return any(doubt.severity is Severity.REFUSE for doubt in self.doubts)

    def lines(self, least: Severity = Severity.NOTE) -> list[str]:
        """The doubts that are at least so serious, a line each."""
        return [str(doubt) for doubt in self.doubts if doubt.severity >= least]

    def named(self, name: str) -> Doubt | None:
        """The doubt of a check, if it has any."""
        return next((doubt for doubt in self.doubts if doubt.name == name), None)


def report_of(doubts: list[Doubt]) -> DoubtReport:
    """The report of these doubts, in order."""
    return DoubtReport(tuple(sorted(doubts, key=lambda doubt: -doubt.severity)))


def percent(share: float) -> str:
    """A share as people read it.

    >>> percent(0.0512), percent(0.0004)
    ('5.1 %', '0.04 %')
    """
    return f"{100 * share:.1f} %" if share == 0 or share >= 0.001 else f"{100 * share:.2g} %"


def count(n: float, one: str, several: str | None = None) -> str:
    """A number with its noun.

    >>> count(1, "service"), count(12000, "service")
    ('1 service', '12,000 services')
    """
    return f"{int(n):,} {one if n == 1 else several or one + 's'}"
