"""Where customers are served: greeter, window roles, machines and remote channels."""

from typing import Annotated, Literal

from pydantic import Field

from optimizer.problem.quantities import Count, Given, Minutes, Money, Number, PositiveCount, PositiveMinutes, Share


class ServiceTime(Given):
    """Service time of one transaction in one channel."""

    mean: PositiveMinutes
    """Mean [minutes]."""
    scv: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """Squared coefficient of variation [-]."""
    distribution: Literal["exponential", "lognormal", "gamma", "table"] = "exponential"
    """Family of the distribution; with ``table``, minutes and shares are needed."""
    minutes: tuple[PositiveMinutes, ...] = ()
    """Service times of a table [minutes], increasing; rows may live in ``service_tables.csv``. The mean given is the
    table's within 1 %, the scv within 5 %."""
    shares: tuple[Share, ...] = ()
    """Share of customers with each service time of a table; they sum to 1."""


class SideTask(Given):
    """Work the greeter is asked to do beside sending customers on: copies, first lesson at a machine..."""

    share: Share
    """Share of the customers met who need it."""
    minutes: PositiveMinutes
    """Greeter's time for one of them [minutes]."""


class Channel(Given):
    """What every channel has."""

    service: dict[str, ServiceTime] = Field(default={})
    """Service time by transaction; rows may live in ``service_times.csv``. What is listed can be served here."""
    queue_capacity: PositiveCount | None = None
    """Most customers waiting or in service; absent: no limit."""
    cost_per_transaction: Money = 0.0
    """Cost of one transaction beside people's wages [yuan]."""


class Greeter(Channel):
    """Lobby staff who meet every customer first; each customer's time with them is ``minutes``."""

    kind: Literal["greeter"]
    """Kind of channel: first stage, staffed, one at most."""
    minutes: PositiveMinutes
    """Mean time with one customer, whatever the transaction [minutes]."""
    levels: tuple[Count, ...] = Field(min_length=1)
    """Numbers of greeters on duty that may be chosen; it holds all day."""
    side_tasks: dict[str, SideTask] = Field(default={})
    """Other work that customers ask of the greeter, by name."""


class WindowRole(Channel):
    """What a window is open for: cash, general, VIP..."""

    kind: Literal["window"]
    """Kind of channel: windows in one role, staffed."""
    least: Count = 0
    """Fewest windows in this role at any time of the day."""
    most: PositiveCount
    """Most windows that can be in this role at once."""


class Machine(Channel):
    """Self-service machines with one common queue."""

    kind: Literal["machine"]
    """Kind of channel: self-service machines."""
    units: PositiveCount
    """Machines of this kind."""
    limit: Annotated[Number, Field(gt=0)] | None = None
    """Largest amount of one transaction [yuan]; absent: no limit."""
    failures_per_day: Annotated[Number, Field(ge=0)] = 0.0
    """Mean failures of one unit in a day of opening."""
    repair_minutes: Minutes = 0.0
    """Mean time to repair [minutes]."""
    come_back: Share = 0.0
    """Share of customers whose machine fails under them who go to where they would be served without advice; the
    others wait at the head of the line."""
    cost_per_day: Money = 0.0
    """Cost of one unit for one day [yuan]; no decision changes it."""


class Remote(Channel):
    """Service outside the hall, where nobody waits: e-banking, telephone."""

    kind: Literal["remote"]
    """Kind of channel: outside the hall."""
    limit: Annotated[Number, Field(gt=0)] | None = None
    """Largest amount of one transaction [yuan]; absent: no limit."""


AnyChannel = Annotated[Greeter | WindowRole | Machine | Remote, Field(discriminator="kind")]
