"""When the branch is open, and which day is of which type."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from optimizer.problem.quantities import Clock, Given, PositiveCount

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class Hours(Given):
    """Opening hours of one day."""

    open: Clock
    """Time the door opens ["HH:MM"]."""
    close: Clock
    """Time the door closes ["HH:MM"]; a whole number of periods after opening."""


class DayType(Given):
    """Days of the quarter that are alike.

    A date belongs to the first day type, in the order of the file, of which every condition given holds.
    """

    days: PositiveCount
    """Days of this type in the quarter."""
    weekdays: tuple[Weekday, ...] = Field(min_length=1)
    """Weekdays on which it can fall; they have the same opening hours."""
    days_of_month: tuple[Annotated[int, Field(ge=1, le=31, strict=True)], ...] = ()
    """Days of the month on which it falls; none named: any."""
    holiday: Literal["any", "none", "eve", "holiday", "make_up"] = "any"
    """Relation to public holidays."""
