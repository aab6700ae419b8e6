"""Who comes and what for: tiers, transactions, forms, tickets and amounts."""

from typing import Annotated, Literal

from pydantic import Field

from optimizer.problem.quantities import Count, Given, Minutes, Money, Number, PositiveCount, PositiveMinutes, Share


class Tier(Given):
    """A class of customer by value to the branch: ordinary, VIP..."""

    priority: Count = 0
    """Rank when called to a shared window; the higher number is called first, nobody is interrupted."""
    waiting_cost: Money
    """Cost of one hour of one customer's waiting [yuan per hour]."""
    patience: PositiveMinutes | None = None
    """Mean of the time after which one who waits gives up [minutes]; absent: never."""
    patience_distribution: Literal["exponential", "lognormal", "gamma", "table"] = "exponential"
    """Family of the distribution of patience; with ``table``, minutes and shares are needed."""
    patience_scv: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """Squared coefficient of variation of patience [-]; 1 where it is exponential."""
    patience_minutes: tuple[PositiveMinutes, ...] = ()
    """Patience times of a table [minutes], increasing. The mean given is the table's within 1 %, the scv within 5 %."""
    patience_shares: tuple[Share, ...] = ()
    """Share of customers with each patience time of a table; they sum to 1."""
    loss: Money = 0.0
    """Loss when one gives up [yuan per customer]."""
    balking: Annotated[Number, Field(ge=0, le=1)] = 0.0
    """Share of arrivals who turn away for each ten numbers displayed as waiting."""


class Lognormal(Given):
    """Amount with a lognormal distribution."""

    distribution: Literal["lognormal"]
    """Family: ``lognormal``."""
    log_mean: Annotated[Number, Field(ge=-20, le=40)]
    """Mean of the natural logarithm of the amount in yuan."""
    log_sd: Annotated[Number, Field(gt=0, le=10)]
    """Standard deviation of the natural logarithm of the amount."""


class AmountTable(Given):
    """Amount with a table of shares, heaped where people round; rows live in ``amounts.csv``."""

    distribution: Literal["table"]
    """Family: ``table``."""
    amounts: tuple[Annotated[Number, Field(gt=0)], ...] = ()
    """Amounts [yuan], increasing."""
    shares: tuple[Share, ...] = ()
    """Share of transactions at each amount; they sum to 1."""


Amount = Annotated[Lognormal | AmountTable, Field(discriminator="distribution")]


class Form(Given):
    """A form that some customers must fill in before they are served."""

    share: Share
    """Share of customers who need the form."""
    desk_minutes: PositiveMinutes
    """Mean time at the form desk, where nobody waits [minutes]."""
    window_minutes: Minutes
    """Longer service when the form is filled in at the window instead [minutes]."""
    wrong: Share = 0.0
    """Share of forms that are wrong, so that the customer takes a second turn at the window."""


class Tickets(Given):
    """Tickets that nobody answers: they hold a window for the length of the calls."""

    per_customer: Annotated[Number, Field(ge=1, le=5)] = 1.0
    """Tickets that one customer takes."""
    no_show: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    """Share of tickets that nobody answers."""
    calls: PositiveCount = 2
    """Calls before a number is dead."""
    call_seconds: Annotated[Number, Field(gt=0, le=300)] = 15.0
    """Length of one call [seconds]."""


class Pitch(Given):
    """One sentence of sales by the teller."""

    minutes: PositiveMinutes
    """Longer service [minutes]."""
    income: Money
    """Expected income [yuan per pitch]."""


class Transaction(Given):
    """A kind of business a customer comes for."""

    channel: str
    """Channel that serves it when nothing is diverted: a window role, machine or remote channel."""
    amount: Amount | None = None
    """Distribution of the amount; needed where a diversion has a threshold."""
    form: Form | None = None
    """Form that some customers fill in first; absent: none."""
    tickets: Tickets = Tickets()
    """Tickets taken and called in vain."""
    pitch: Pitch | None = None
    """Sales pitch made by the teller; absent: none."""
    channel_by_tier: dict[str, str] = Field(default={})
    """Tiers served elsewhere: channel by tier, instead of ``channel``."""

    def home(self, tier: str) -> str:
        """Channel that serves this tier when nothing is diverted."""
        return self.channel_by_tier.get(tier, self.channel)
