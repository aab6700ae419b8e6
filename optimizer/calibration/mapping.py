"""Which columns of a log mean what: a small file that is given once, or guessed and corrected."""

import datetime as dt
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from optimizer.errors import DataRefused, Fault

ISO, MINUTES, SECONDS = "iso", "minutes", "seconds"
"""Formats besides those of ``strptime``: 2026-01-05, 9:05:00 and both together; a number since midnight."""
ABSENT = ("", "-", "--", "NULL", "null", "None", "nan", "NaN", "N/A", "NA", "无")
DATE_NEEDED = "a column of dates, or the day of the whole log as date under [defaults] of the mapping"
DIRECTIVES = frozenset("aAbBdmyYHIMSfpjzZgnuwWUGVcxXD%-")
DATE_PARTS, TIME_PARTS = "dbBjxcD", "HIcXT"

MOMENTS = ("arrival", "called", "started", "ended", "left_at")
Columns = Annotated[tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)]
"""One column, or several of which the first that stands counts."""
Outcome = Literal["served", "abandoned", "no_show"]
M = TypeVar("M", bound="Layout")


class Part(BaseModel):
    """A part of a mapping: names that are not known are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layout(Part):
    """How the file is laid out; what is absent is found out from the file."""

    encoding: str | None = None
    """Of text: utf-8, gb18030 and what else Python knows."""
    separator: str | None = Field(None, min_length=1, max_length=1)
    skip_lines: int = Field(0, ge=0)
    """Lines before the one with the names of the columns."""
    sheet: str | None = None
    """Of a workbook; the first if absent."""

    @field_validator("encoding")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                "".encode(name)
            except (LookupError, ValueError):
                raise ValueError("an encoding such as utf-8 or gb18030 is expected") from None
        return name


class Formats(Part):
    """How moments are written: each is a list, and of a value the first format that fits counts."""

    dates: tuple[str, ...] = (ISO,)
    times: tuple[str, ...] = (ISO,)
    moments: tuple[str, ...] = (ISO,)
    """Date and time in one value; used where no date is mapped."""
    zero_is_never: bool = False
    """A time of 0:00:00, and whatever else has no digit but zero (0, 0000-00-00), says that it did not happen."""
    absent: tuple[str, ...] = ABSENT
    """Texts that stand for no value."""
    tolerance: float = Field(1.0, ge=0, le=60)
    """Clocks that differ: so much before the arrival counts as the arrival [minutes]."""

    @field_validator("dates", "times", "moments")
    @classmethod
    def _readable(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if not formats:
            raise ValueError("at least one format is expected")
        for text in formats:
            parts = text.replace("%%", "").split("%")[1:]
            if text not in (ISO, MINUTES, SECONDS) and not (
                parts and all(part and part.lstrip("-")[:1] in DIRECTIVES - {"%", "-"} for part in parts)
            ):
                raise ValueError(f'"iso" or a format such as "%Y-%m-%d" or "%H:%M:%S" is expected, not {text!r}')
        return formats


class Zones(Part):
    """Where the clock of the log stands, and where the branch."""

    log: str = "UTC"
    branch: str = "UTC"

    @field_validator("log", "branch")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("a time zone such as Asia/Shanghai is expected") from None
        return name


class Outcomes(Part):
    """Values of the outcome column by what they mean."""

    served: tuple[str, ...] = ()
    abandoned: tuple[str, ...] = ()
    no_show: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Rows that are not customers of the queue."""

    @model_validator(mode="after")
    def _once(self) -> Self:
        values = [value for meaning in self.meanings().values() for value in meaning]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ValueError(f"one meaning each is expected, but {', '.join(twice)} has several")
        return self

    def meanings(self) -> dict[str, tuple[str, ...]]:
        """Values by meaning."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class Values(Part):
    """Other names for values of a column; a value renamed to nothing counts as absent."""

    channel: dict[str, str] = {}
    transaction: dict[str, str] = {}
    tier: dict[str, str] = {}
    window: dict[str, str] = {}
    teller: dict[str, str] = {}


class Defaults(Part):
    """What the log lacks."""

    date: dt.date | None = None
    """The day of a log that has times alone."""
    channel: str = Field("counter", min_length=1)
    transaction: str = Field("service", min_length=1)
    tier: str = Field("all", min_length=1)


class TicketColumns(Part):
    """Columns of the log by what they hold."""

    arrival: Columns = Field(min_length=1)
    """When the ticket was taken."""
    date: Columns = ()
    called: Columns = ()
    started: Columns = ()
    ended: Columns = ()
    left_at: Columns = ()
    """When one who was not served gave up."""
    wait_minutes: Columns = ()
    wait_seconds: Columns = ()
    service_minutes: Columns = ()
    service_seconds: Columns = ()
    outcome: Columns = ()
    number: Columns = ()
    channel: Columns = ()
    transaction: Columns = ()
    tier: Columns = ()
    window: Columns = ()
    teller: Columns = ()
    amount: Columns = ()
    diverted: Columns = ()

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        for name in ("wait", "service"):
            if getattr(self, f"{name}_minutes") and getattr(self, f"{name}_seconds"):
                raise ValueError(f"{name} in minutes or in seconds is expected, not both")
        return self

    def given(self) -> dict[str, tuple[str, ...]]:
        """Columns that are mapped."""
        return {name: columns for name in type(self).model_fields if (columns := getattr(self, name))}


class Mapping(Layout):
    """What the columns of a ticket log mean, and how its values are written."""

    columns: TicketColumns
    formats: Formats = Formats()
    zones: Zones = Zones()
    outcomes: Outcomes = Outcomes()
    required: dict[Outcome, tuple[str, ...]] = {}
    """By outcome the moments without which a row is left out."""
    values: Values = Values()
    defaults: Defaults = Defaults()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if unknown := sorted({m for moments in self.required.values() for m in moments} - set(MOMENTS)):
            raise _whole_fault(f"moments required: {', '.join(unknown)}", f"some of {', '.join(MOMENTS)}")
        if self.columns.outcome and not any(self.outcomes.meanings().values()):
            raise _whole_fault("an outcome column without meanings", "what its values mean, in [outcomes]")
        return self


def _whole_fault(value: str, expected: str) -> PydanticCustomError:
    """A fault of no single entry: such entries would be shown as they were read, and there is none to show."""
    return PydanticCustomError("whole", "{expected}", {"value": value, "expected": expected})


def read_mapping(path: Path | str) -> Mapping:
    """Read and check the mapping of a ticket log.

    Raises:
        DataRefused: with every fault found.
    """
    return read_layout(path, Mapping)


def read_layout(path: Path | str, kind: type[M]) -> M:
    """Read and check a mapping of the kind given.

    Raises:
        DataRefused: with every fault found.
    """
    path = Path(path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise DataRefused([Fault(path.name, "file", _unread(error), "a mapping in TOML, in UTF-8")]) from error
    return layout_of(raw, kind, path.name)


def layout_of(raw: dict[str, Any], kind: type[M], file: str = "mapping") -> M:
    """Check a mapping that is in memory.

    Raises:
        DataRefused: with every fault found.
    """
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise DataRefused([_fault(file, found) for found in error.errors()]) from error


def _unread(error: OSError | ValueError) -> str:
    """Why a mapping could not be read, in words that need no manual."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "not there"
    if isinstance(error, IsADirectoryError):
        return "a folder"
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return "not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _fault(file: str, error: Any) -> Fault:
    place = ".".join(map(str, error["loc"])) or "mapping"
    if error["type"] == "missing":
        expected = "the name of a column" if place.startswith("columns") else "a value"
        return Fault(file, place, "not given", expected)
    if error["type"] == "extra_forbidden":
        return Fault(file, place, error["input"], "a name that mappings have; this one they do not have")
    if error["type"] == "whole":
        return Fault(file, place, error["ctx"]["value"], error["ctx"]["expected"])
    message = error["msg"].removeprefix("Value error, ").removesuffix(" is expected")
    return Fault(file, place, error["input"], message[:1].lower() + message[1:])


def mapping_text(mapping: Layout) -> str:
    """Write a mapping as a file that people can correct.

    >>> print(mapping_text(Mapping(columns=TicketColumns(arrival="taken"))), end="")
    [columns]
    arrival = "taken"
    """
    tables = mapping.model_dump(exclude_defaults=True)
    tables["columns"] = {name: names[0] if len(names) == 1 else names for name, names in tables["columns"].items()}
    return "\n".join(_lines("", tables)).lstrip("\n") + "\n"


def _lines(path: str, table: dict[str, Any]) -> Iterator[str]:
    """Lines of a table and of those inside it; its own values go first, as TOML wants."""
    own = {key: value for key, value in table.items() if not isinstance(value, dict)}
    if path and own:
        yield f"\n[{path}]"
    for key, value in own.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lines(f"{path}.{_key(key)}" if path else _key(key), value)


def _key(text: str) -> str:
    bare = text.isascii() and text.replace("_", "").replace("-", "").isalnum()
    return text if bare else _value(text)


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
