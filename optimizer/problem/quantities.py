"""Quantities with their units: clock times, shares, minutes, yuan, and the frozen base of every model."""

import re
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

CLOCK = re.compile(r"^([01]?\d|2[0-4]):([0-5]\d)$")


def parse_clock(value: Any) -> int:
    """Minutes after midnight from ``"HH:MM"``; a number of minutes passes unchanged."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1440:
        return value
    match = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None or (minutes := int(match[1]) * 60 + int(match[2])) > 1440:
        raise ValueError('a time of day as "HH:MM"')
    return minutes


def format_clock(minutes: int) -> str:
    """Minutes after midnight as ``"HH:MM"``.

    >>> format_clock(510)
    '08:30'
    """
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


Clock = Annotated[
    int,
    BeforeValidator(parse_clock),
    PlainSerializer(format_clock, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": CLOCK.pattern, "examples": ["09:30"]}),
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A finite number; text and truth values are refused."""
Share = Annotated[Number, Field(ge=0, le=1)]
Money = Annotated[Number, Field(ge=0)]
Minutes = Annotated[Number, Field(ge=0)]
PositiveMinutes = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(ge=0, strict=True)]
PositiveCount = Annotated[int, Field(ge=1, strict=True)]
SHORTEST_PERIOD, LONGEST_PERIOD = 5, 60
Period = Annotated[int, Field(ge=SHORTEST_PERIOD, le=LONGEST_PERIOD, strict=True)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Given(BaseModel):
    """Base of every part of a branch or policy: frozen, unknown keys refused, defaults checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)

    def replace(self, **changes: Any) -> Self:
        """Return a validated copy with some fields changed: the what-if of a planner."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(fields | changes)
