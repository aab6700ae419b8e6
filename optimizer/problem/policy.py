"""The policy: everything that is decided."""

from itertools import pairwise

from pydantic import Field, model_validator

from optimizer.problem.quantities import Clock, Count, Given, Money, PositiveCount


class Shift(Given):
    """A working day of one person."""

    start: Clock
    """Start of work ["HH:MM"]."""
    end: Clock
    """End of work ["HH:MM"]."""
    meal_start: Clock | None = None
    """Start of the meal break ["HH:MM"]; absent: no break."""
    meal_end: Clock | None = None
    """End of the meal break ["HH:MM"]."""

    @model_validator(mode="after")
    def times_are_in_order(self) -> "Shift":
        """Start before end, the meal inside."""
        if (self.meal_start is None) != (self.meal_end is None):
            raise ValueError("both or none of meal_start and meal_end")
        times = [self.start, self.end]
        if self.meal_start is not None and self.meal_end is not None:
            times = [self.start, self.meal_start, self.meal_end, self.end]
        if any(b <= a for a, b in pairwise(times)):
            raise ValueError("times in the order start, meal_start, meal_end, end")
        return self

    @property
    def meal_minutes(self) -> int:
        """Length of the meal break [minutes]."""
        return (self.meal_end or 0) - (self.meal_start or 0)

    def works(self, start: int, end: int) -> bool:
        """Whether the person is on duty from ``start`` to ``end`` without a break [minutes of the day]."""
        if not (self.start <= start and end <= self.end):
            return False
        return self.meal_start is None or end <= self.meal_start or start >= (self.meal_end or 0)


class Assignment(Given):
    """People of one skill on one shift."""

    skill: str
    """Skill of the people, by name."""
    shift: Shift
    """Shift that they work."""
    people: PositiveCount
    """People on this shift."""


class DayPlan(Given):
    """Windows and shifts of a day type."""

    windows: dict[str, tuple[Count, ...]]
    """Windows open, by role and period."""
    shifts: tuple[Assignment, ...]
    """People on duty, by skill and shift."""


class Policy(Given):
    """What the branch does for a quarter."""

    thresholds: dict[str, Money] = Field(default={})
    """Threshold chosen, by diversion [yuan]."""
    greeters: Count = 0
    """Greeters on duty all day."""
    campaign: str = "none"
    """Campaign chosen, by name."""
    form_at_window_below: Count = 0
    """Forms are filled in at the window while fewer than this are waiting; 0: never."""
    pitch_below: Count = 0
    """Tellers make their pitch while fewer than this are waiting; 0: never."""
    calls: PositiveCount | None = None
    """Calls per ticket before a number is dead; absent: as each transaction says."""
    divert_from: Count = 0
    """Advice to use another channel is given only while at least this many are waiting where the customer would go;
    0: always."""
    days: dict[str, DayPlan]
    """Plan by day type."""
