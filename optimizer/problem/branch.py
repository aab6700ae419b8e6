"""The branch: everything that is given."""

from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from optimizer.errors import DataRefused
from optimizer.problem.calendar import DayType, Hours, Weekday
from optimizer.problem.channels import AnyChannel, Greeter, Machine, Remote, WindowRole
from optimizer.problem.customers import Tier, Transaction
from optimizer.problem.diversion import Campaign, Diversion, Drift
from optimizer.problem.people import Skill
from optimizer.problem.quantities import (
    Count,
    Given,
    Name,
    Number,
    Period,
    PositiveCount,
    PositiveMinutes,
    format_clock,
)
from optimizer.problem.references import reference_faults
from optimizer.problem.targets import DivertedShare, Target

Volume = Annotated[Number, Field(ge=0)]


class QueueRules(Given):
    """Choices for the rules by queue length; 0 switches a rule off."""

    form_at_window_below: tuple[Count, ...] = (0,)
    """Forms are filled in at the window while fewer than this are waiting."""
    pitch_below: tuple[Count, ...] = (0,)
    """Tellers make their pitch while fewer than this are waiting."""
    calls: tuple[PositiveCount, ...] = ()
    """Numbers of calls per ticket that may be chosen."""
    divert_from: tuple[Count, ...] = (0,)
    """Advice to use another channel is given only while at least this many are waiting where the customer would go;
    0: always."""


class Branch(Given):
    """A service point with several channels, for one quarter."""

    name: str
    """Name of the branch, as reports say it."""
    period: Period
    """Length of a planning period [minutes]."""
    windows: PositiveCount
    """Windows that physically exist, shared by all window roles."""
    least_role_time: Annotated[int, Field(ge=0, le=720, strict=True)] = 0
    """Least time a window keeps a role once opened in it, unless the day ends [minutes]."""
    overtime_multiplier: Annotated[Number, Field(ge=0, le=500)] = 1.5
    """Wage of work after closing, relative to the dearest skill that serves the channel."""
    busyness_scv: Annotated[Number, Field(ge=0, le=10)] = 0.0
    """Squared coefficient of variation of the random factor that multiplies a day's arrivals."""
    head_start: PositiveMinutes | None = None
    """Waiting that one step of priority is worth when numbers are called [minutes]; absent: the higher priority is
    always called first."""
    opening: dict[Weekday, Hours] = Field(min_length=1)
    """Opening hours by weekday; a weekday not named is closed."""
    day_types: dict[Name, DayType] = Field(min_length=1)
    """Days of the quarter that are alike, by name."""
    tiers: dict[Name, Tier] = Field(min_length=1)
    """Customers by value to the branch, by name."""
    transactions: dict[Name, Transaction] = Field(min_length=1)
    """Kinds of business that customers come for, by name."""
    channels: dict[Name, AnyChannel] = Field(min_length=1)
    """Greeter, window roles, machines and remote channels, by name."""
    skills: dict[Name, Skill] = Field(min_length=1)
    """Kinds of employees, by name."""
    diversions: dict[Name, Diversion] = Field(default={})
    """Advice to use another channel below an amount, by name; one for a transaction."""
    campaigns: dict[Name, Campaign] = Field(default={"none": Campaign(cost=0)})
    """Levels of gifts and points, by name, of which the policy chooses one; absent: none, at no cost."""
    drift: Drift = Drift()
    """Change of compliance over the weeks of the quarter; absent: none."""
    queue_rules: QueueRules = QueueRules()
    """Rules by queue length that may be chosen; absent: none."""
    targets: dict[Name, Target] = Field(default={})
    """Promises about waiting, by name."""
    diverted_shares: dict[Name, DivertedShare] = Field(default={})
    """Targets for the share diverted, by name."""
    arrivals: dict[str, dict[str, dict[str, tuple[Volume, ...]]]]
    """Expected customers by day type, transaction, tier and period; rows live in ``arrivals.csv``."""

    @model_validator(mode="after")
    def names_refer_to_something(self) -> "Branch":
        """Every name used is defined, and what must fit together does."""
        if faults := reference_faults(self.model_dump()):
            raise DataRefused(faults)
        return self

    def hours(self, day_type: str) -> Hours:
        """Opening hours of a day of this type."""
        return self.opening[self.day_types[day_type].weekdays[0]]

    def periods(self, day_type: str) -> int:
        """Planning periods of a day of this type."""
        hours = self.hours(day_type)
        return (hours.close - hours.open) // self.period

    def clock(self, day_type: str, period: int) -> str:
        """Time of day at which a period begins."""
        return format_clock(self.hours(day_type).open + period * self.period)

    @cached_property
    def classes(self) -> tuple[tuple[str, str], ...]:
        """Customer classes (transaction, tier), in the order of every array's class axis."""
        return tuple((transaction, tier) for transaction in self.transactions for tier in self.tiers)

    @cached_property
    def greeter(self) -> tuple[str, Greeter] | None:
        """The first stage, where there is one."""
        return next(((n, c) for n, c in self.channels.items() if isinstance(c, Greeter)), None)

    @cached_property
    def roles(self) -> dict[str, WindowRole]:
        """Window roles by name."""
        return {n: c for n, c in self.channels.items() if isinstance(c, WindowRole)}

    @cached_property
    def machines(self) -> dict[str, Machine]:
        """Machines by name."""
        return {n: c for n, c in self.channels.items() if isinstance(c, Machine)}

    @cached_property
    def remotes(self) -> dict[str, Remote]:
        """Remote channels by name."""
        return {n: c for n, c in self.channels.items() if isinstance(c, Remote)}
