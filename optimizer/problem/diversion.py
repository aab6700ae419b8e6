"""Which customers the lobby sends to another channel, and how many of them go."""

from typing import Annotated

from pydantic import Field

from optimizer.problem.quantities import Given, Minutes, Money, Number, Share


class Diversion(Given):
    """A poster on the wall: this transaction, below this amount, please use that channel."""

    transaction: str
    """Transaction that is diverted; it has an amount."""
    to: str
    """Channel that serves those diverted."""
    thresholds: tuple[Annotated[Number, Field(ge=0)], ...] = Field(min_length=1)
    """Amounts [yuan] of which the policy chooses one; 0 diverts nobody."""
    tiers: tuple[str, ...] = ()
    """Tiers that are asked; none named: all."""
    able: Share
    """Share of customers who can use the other channel at all."""
    compliance: tuple[Share, ...] = Field(min_length=1)
    """Share of those asked who follow, by number of greeters on duty: none (signs only), one, two...;
    the last value holds for more."""
    assistance_minutes: Minutes = 0.0
    """Greeter's time for each customer diverted [minutes]."""
    annoyance: Money = 0.0
    """Cost of having sent one customer away from the window [yuan]."""


class Campaign(Given):
    """A level of gifts and points that makes customers follow the advice."""

    cost: Money
    """Cost for the quarter [yuan]."""
    uplift: Annotated[Number, Field(ge=0, le=5)] = 0.0
    """Relative rise of compliance: compliance · (1 + uplift), at most 1."""


class Drift(Given):
    """Compliance learnt over the weeks of the quarter."""

    weekly: Annotated[Number, Field(ge=-0.2, le=0.2)] = 0.0
    """Relative change of compliance from one week to the next."""
    weeks: Annotated[int, Field(ge=1, le=53, strict=True)] = 13
    """Weeks of the plan."""
