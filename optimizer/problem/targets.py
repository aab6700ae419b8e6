"""What is promised to customers and to head office."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.problem.quantities import Given, Number, PositiveMinutes, Share


class Target(Given):
    """A promise: at least this service level, or at most this mean wait or abandonment."""

    channel: str
    """Window role, machine or greeter that the promise is about."""
    tier: str | None = None
    """Tier that the promise is about; absent: all."""
    measure: Literal["service_level", "mean_wait", "abandonment"]
    """What is promised: service level, mean wait, or share abandoning."""
    within: PositiveMinutes | None = None
    """Limit of the wait for a service level [minutes]."""
    least: Annotated[Number, Field(ge=0, le=1)] | None = None
    """Least service level: share of all who arrive that are served within the limit."""
    most: Annotated[Number, Field(ge=0)] | None = None
    """Largest mean wait [minutes] or share abandoning."""
    per: Literal["period", "day"] = "day"
    """Whether it holds in every period or over the whole day."""
    day_types: tuple[str, ...] = ()
    """Day types it holds on; none named: all."""

    @model_validator(mode="after")
    def bounds_fit_the_measure(self) -> "Target":
        """A service level needs ``within`` and ``least``; the other measures need ``most`` alone."""
        level = self.measure == "service_level"
        given = (self.within is not None, self.least is not None, self.most is not None)
        if given != ((True, True, False) if level else (False, False, True)):
            raise ValueError("within and least, not most" if level else "most, neither within nor least")
        return self

    def sentence(self, name: str) -> str:
        """The promise in words."""
        who = f" of {self.tier}" if self.tier else ""
        scope = "in every period" if self.per == "period" else "over the day"
        if self.measure == "service_level":
            return f"{name}: {self.channel}{who}: {self.least:.1%} served within {self.within:g} min {scope}"
        unit = " min" if self.measure == "mean_wait" else ""
        words = self.measure.replace("_", " ")
        return f"{name}: {self.channel}{who}: {words} at most {self.most:g}{unit} {scope}"


class DivertedShare(Given):
    """Head office's target for diversion."""

    transactions: tuple[str, ...] = Field(min_length=1)
    """Transactions counted."""
    least: Share
    """Least share of their customers served by machine or remote channels, over the quarter."""
