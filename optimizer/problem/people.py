"""Who works: skills, wages, and the rules from which legal shifts are generated."""

from typing import Annotated

from pydantic import Field

from optimizer.problem.quantities import Clock, Count, Given, Minutes, Money, Number, PositiveMinutes


class Meal(Given):
    """A meal break inside a shift."""

    earliest: Clock
    """Earliest start of the break."""
    latest: Clock
    """Latest end of the break."""
    minutes: PositiveMinutes
    """Length of the break, a whole number of periods [minutes]."""
    from_hours: Annotated[Number, Field(ge=0, le=24)] = 6.0
    """Shifts of this length or longer have the break [hours]."""
    paid: bool = False
    """Whether the break is paid."""


class ShiftRules(Given):
    """What a legal shift looks like; the program generates all of them."""

    earliest_start: Clock
    """Earliest start of a shift ["HH:MM"]."""
    latest_end: Clock
    """Latest end of a shift ["HH:MM"]."""
    lengths: tuple[Annotated[Number, Field(gt=0, le=24)], ...] = Field(min_length=1)
    """Permitted lengths, breaks included [hours]."""
    start_step: PositiveMinutes
    """Shifts start at ``earliest_start`` plus a multiple of this [minutes]."""
    meal: Meal | None = None
    """Meal break of the longer shifts; absent: none."""
    short_breaks: Count = 0
    """Short paid breaks in a shift."""
    short_break_minutes: Minutes = 0.0
    """Length of a short break [minutes]."""
    part_time_below: Annotated[Number, Field(ge=0, le=24)] = 0.0
    """Shifts shorter than this are part time [hours]."""
    part_time_premium: Annotated[Number, Field(ge=0, le=5)] = 0.0
    """Relative rise of the wage for part time."""


class Skill(Given):
    """A kind of employee."""

    wage: Money
    """Cost of one paid hour, everything included [yuan per hour]."""
    serves: tuple[str, ...] = Field(min_length=1)
    """Channels (window roles, greeter) that they can staff."""
    available: dict[str, Count]
    """People on the staff list, by day type."""
    shifts: ShiftRules
    """Rules from which their legal shifts are generated."""
    shrinkage: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Share of paid time lost to leave, illness and training, so that 1 / (1 - shrinkage) people are
    paid for each one who stands there."""

    def on_duty(self, day_type: str) -> int:
        """Most people who can be on duty on a day of this type, after shrinkage."""
        return int(self.available.get(day_type, 0) * (1 - self.shrinkage) + 1e-9)

    def paid_factor(self) -> float:
        """People paid for each one on duty."""
        return 1 / (1 - self.shrinkage)
