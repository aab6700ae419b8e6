"""Tables of errors in Markdown: what is beyond five per cent is bold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

NEAR = 5.0
"""Error that still counts as near [per cent, or points of a share]."""


@dataclass(frozen=True)
class Table:
    """One table, with what must be known to read it."""

    title: str
    text: str
    """What is compared with what, on which grid."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"**{self.title}.** {self.text}\n\n{body}\n"


def signed(value: float) -> str:
    """A number with its sign, to two figures or so."""
    shown = f"{value:+.0f}" if abs(value) >= 9.95 else f"{value:+.1f}"
    return shown.replace("+inf", "endless") if shown != "-0.0" else "+0.0"


def spread(errors: Iterable[float]) -> str:
    """Least and greatest of some errors, given as shares, in per cent or points."""
    shown = [100 * error for error in errors]
    low, high = min(shown), max(shown)
    text = signed(low) if signed(low) == signed(high) else f"{signed(low)} to {signed(high)}"
    return near(text, max(-low, high))


def near(text: str, error: float) -> str:
    """The text, bold where the error [per cent or points] is not near."""
    return text if error <= NEAR else f"**{text}**"
