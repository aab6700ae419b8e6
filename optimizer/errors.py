"""What the program refuses, and how it says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the data: where it stands, what stands there, what was expected."""

    file: str
    place: str
    value: object
    expected: str

    def __str__(self) -> str:
        shown = repr(self.value)
        if len(shown) > 60:
            shown = shown[:57] + "..."
        return f"{self.file}: {self.place}: {shown}: expected {self.expected}"


class DataRefused(ValueError):  # noqa: N818 - it reads as what it says
    """The data cannot be used; carries every fault found, not the first one only."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        count = f"{len(faults)} fault" + ("s" if len(faults) != 1 else "")
        super().__init__("\n".join([count, *map(str, faults)]))


class InvalidParameterError(ValueError):
    """A function was called with a number outside its domain."""
