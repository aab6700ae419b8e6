"""The hall on one kind of day: stations, classes of customers and their ways, as a simulation needs them.

A hall knows no bank: a row of nine single servers is one too. ``branch_hall`` makes one of a branch and a policy.
"""

from dataclasses import dataclass, field

from optimizer.simulation.distributions import Distribution

NEVER, NO_TIME = Distribution.never(), Distribution.constant(0.0)


@dataclass(frozen=True)
class Station:
    """A place where customers are served, with one line that all its servers call from."""

    name: str
    servers: tuple[tuple[float, int], ...] = ((0.0, 1),)
    """Moments from opening [minutes], ascending from 0, and the servers from then on. Who leaves finishes the customer
    at hand, and nobody is called until fewer than the new number are in service. After closing the last number holds,
    and at least one."""
    remote: bool = False
    """Whether it is outside the hall: nobody waits and nobody serves."""
    capacity: int | None = None
    """Most customers waiting or in service; who comes beyond turns away."""
    failure_rate: float = 0.0
    """Failures of one server that works, idle or busy [per minute]; its customer goes back to the head of the line, or
    elsewhere by ``Visit.come_back``, with new patience, and is served from the beginning."""
    repair: Distribution = NEVER
    """Time to repair [minutes]."""
    limits: tuple[float, ...] = ()
    """Limits of the wait within which customers served are counted [minutes]."""


@dataclass(frozen=True)
class Tickets:
    """Numbers that a customer takes on joining a line, and those among them that nobody answers."""

    per_customer: float = 1.0
    """Mean numbers that one customer takes: the whole part, and one more with the rest as probability."""
    no_show: float = 0.0
    """Share of numbers, those of all customers and those of people who left, that nobody answers."""
    call_minutes: float = 0.0
    """Time for which a dead number holds a server."""


@dataclass(frozen=True)
class Form:
    """A form that must be filled in before service."""

    share: float
    """Share of customers who need it."""
    desk: Distribution | None
    """Time at the desk, where nobody waits, before joining the line; None: written while waiting, or at the window."""
    window_minutes: float = 0.0
    """Longer service of one whose service starts while fewer than ``below`` are left waiting."""
    below: int = 0
    wrong: float = 0.0
    """Share of forms that are wrong, so that the customer joins the line once more."""


@dataclass(frozen=True)
class Pitch:
    """A sentence of sales, when a service starts while few are left waiting."""

    minutes: float
    below: int


@dataclass(frozen=True)
class Visit:
    """What a class of customers does at a station."""

    service: Distribution
    """Service time [minutes]."""
    extras: tuple[tuple[float, Distribution], ...] = ()
    """Shares of customers and what is added to their service time: copies made by the greeter, for one."""
    rank: int = 0
    """The higher rank is called first; within a rank in the order of joining."""
    patience: Distribution = NEVER
    """Time after which one who waits gives up [minutes]."""
    balking: float = 0.0
    """Share b for ten numbers waiting: 1 - (1 - b)^(w / 10) of those who find w numbers waiting turn away."""
    tickets: Tickets = Tickets()
    form: Form | None = None
    pitch: Pitch | None = None
    come_back: float = 0.0
    """Share of those whose server fails who go where they would be without advice."""


@dataclass(frozen=True)
class Advice:
    """The lobby's advice to go to another station, given where the way begins."""

    to: str
    """Station that takes the place of the rest of the way."""
    amount: Distribution
    """Amount of the customer's business [yuan]."""
    ceiling: float
    """Largest amount that is sent away [yuan]."""
    follow: tuple[float, ...]
    """Share of those asked who follow, by week of the quarter; a day falls in any week alike."""
    assistance: Distribution = NO_TIME
    """Adviser's time for one who follows, beside the service [minutes]."""
    when_waiting: int = 0
    """Advice is given while at least so many wait where the customer would go."""


@dataclass(frozen=True)
class CustomerClass:
    """Customers who are alike, and their way through the hall."""

    name: str
    rates: tuple[float, ...]
    """Arrivals by period [per minute]."""
    way: tuple[str, ...]
    """Stations in order."""
    visits: dict[str, Visit]
    """By station, those of the advice too."""
    advice: Advice | None = None
    group: str = ""
    """Classes that are also counted together: a tier, for one."""


@dataclass(frozen=True)
class Hall:
    """A hall on one kind of day. Arrivals are Poisson, times a gamma factor of the day, unless ``gap`` says else."""

    period: float
    """[minutes]"""
    stations: tuple[Station, ...]
    classes: tuple[CustomerClass, ...]
    busyness_scv: float = 0.0
    """Squared coefficient of variation of the day's factor on all arrival rates."""
    adviser: str | None = None
    """First station of the ways, where advice is given; None: at the door."""
    head_start: float | None = None
    """Minutes of waiting that one rank is worth: a line is called by time of joining less these; None: by rank."""
    gap: Distribution = field(default_factory=lambda: Distribution.exponential(1.0))
    """Time between arrivals as a multiple of its mean, 1."""

    @property
    def periods(self) -> int:
        """Periods until the door closes."""
        return len(self.classes[0].rates)

    @property
    def closing(self) -> float:
        """Minutes from opening until the door closes."""
        return self.periods * self.period
