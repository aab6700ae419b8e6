"""Several plans for every kind of day, from cheap and slow to dear and fast, under one regime.

At a labour price w the wages of everybody on shift count w times; all else counts once. The plan of least
queue + w · people for small w has many people, for large w few. With p(w) and q(w) the people and queue cost of that
plan, p never rises with w and q never falls: of two plans each is the better one at its own price.

The least V(w) = min (q + w p) over plans is concave in w, a minimum of straight lines: a bound proven at two prices
bounds every price between them by its chord, and a bound proven at one price bounds every higher one.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from math import inf

from optimizer.errors import InvalidParameterError
from optimizer.evaluation import Regime
from optimizer.optimization.cuts import CostKey
from optimizer.optimization.day import DayProblem, day_problem
from optimizer.optimization.known import Known, Levels
from optimizer.optimization.model import DayModel
from optimizer.optimization.node import DayNode, regime_node
from optimizer.optimization.staffing import day_staffing
from optimizer.problem import Branch, DayPlan, Policy

PRICES = (0.125, 0.18, 0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0)
"""Labour prices, half an octave apart: dearer labour than twice as dear hardly finds other plans, targets hold them."""
ROUNDS = 2
"""Integer rounds for one day at one price; what is still open then says so by its gap."""
SAME = 1e-3
"""Relative difference in queue cost below which the plan with fewer people does."""
Plan = tuple[float, float, dict[str, Levels], tuple[int, ...]]
"""Pay and other costs of a day [yuan], windows by role, people by legal shift."""
CHEAP_LABOUR_GAP = 0.3
"""Share of the gap that is asked for where labour is cheap: plans differ more there, and programs are easy."""
POLL = 0.2
"""How often a wait looks for Ctrl-C [seconds]."""


@dataclass(frozen=True)
class LadderOptions:
    """At which prices, and when to stop."""

    prices: tuple[float, ...] = PRICES
    gap: float = 0.04
    time_limit: float = inf
    """[seconds]; linear relaxations are solved at every price whatever it is."""
    workers: int = 2
    seed: int = 0


@dataclass(frozen=True)
class LadderProgress:
    """How much has been done."""

    seconds: float
    done: int
    """Days at a price."""
    total: int


@dataclass(frozen=True)
class Rung:
    """The best plan found for a day at one labour price; it keeps every rule and target."""

    labour_price: float
    plan: DayPlan
    people_cost: float
    """Wages, at what they are [yuan a day]."""
    queue_cost: float
    """All other costs of the day, machines included [yuan a day]."""
    customers: float
    """Who come to the windows in a day."""
    waiting: float
    """Their waiting [customer-minutes a day]."""
    lost: float
    """Those of them who give up or turn away."""
    bound: float
    """Proven least of queue + labour price · people of any plan under this regime [yuan a day]."""
    gap: float
    """(queue + labour price · people - bound) over the same cost, both without costs that no decision changes."""

    @property
    def cost(self) -> float:
        """Cost of the day [yuan]."""
        return self.people_cost + self.queue_cost

    @property
    def priced_cost(self) -> float:
        """Cost of the day with wages at the labour price [yuan]."""
        return self.queue_cost + self.labour_price * self.people_cost

    @property
    def mean_wait(self) -> float:
        """Mean wait at the windows [minutes]."""
        return self.waiting / self.customers if self.customers > 0 else 0.0


@dataclass(frozen=True)
class Ladder:
    """Plans for one kind of day under one regime."""

    day_type: str
    days: int
    """Of the quarter."""
    regime: Regime
    points: tuple[Rung, ...]
    """The best plan at each labour price, from cheap labour to dear; none where no plan was found."""
    rungs: tuple[Rung, ...]
    """Plans of which none is as dear and as slow as another, from few people to many, each at the labour price where
    its gap is least: those of the points, and others within the gap."""
    broken: tuple[str, ...] = ()
    """Targets that the regime breaks whatever the windows: then there is no plan."""
    uncertified_roles: tuple[str, ...] = ()
    """Roles whose waiting is not monotone in their windows: the bounds are not proven."""
    undecided_cost: float = 0.0
    """Cost of a day that no decision changes [yuan]."""

    @property
    def certified(self) -> bool:
        """Whether the bounds are proven."""
        return not self.uncertified_roles


def ladders(
    branch: Branch,
    policy: Policy,
    options: LadderOptions = LadderOptions(),
    report: Callable[[LadderProgress], None] = lambda _: None,
) -> dict[str, Ladder]:
    """Plans for every kind of day under the regime of a policy, the best found at each labour price.

    Args:
        branch: The branch.
        policy: Its regime holds for all plans; its own plans are among those tried if they keep every rule.
        options: Labour prices, gap and limits.
        report: Told of every day at a price that is done.

    Returns:
        A ladder by day type; without rungs where no plan keeps every rule and target.

    Raises:
        InvalidParameterError: for a price that is not above 0, or none.
    """
    if not options.prices or not all(0 < price < inf for price in options.prices):
        raise InvalidParameterError(f"prices: {options.prices!r}: expected numbers above 0")
    options = replace(options, prices=tuple(sorted(set(options.prices))))
    work = _Work(options, report, len(branch.day_types) * len(options.prices))
    climbs = _climbs(branch, policy, options)
    with ThreadPoolExecutor(options.workers) as pool:
        futures = {name: pool.submit(climb.run, work) for name, climb in climbs.items()}
        try:
            _watch(set(futures.values()))
        except KeyboardInterrupt:
            work.deadline = -inf
            raise
    return {name: future.result() for name, future in futures.items()}


def _watch(waiting: set[Future[Ladder]]) -> None:
    while waiting:
        done, waiting = wait(waiting, timeout=POLL, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()


@dataclass
class _Work:
    """What all days share: the clock, and who is told."""

    options: LadderOptions
    report: Callable[[LadderProgress], None]
    total: int
    done: int = 0

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self.deadline = self.started + self.options.time_limit

    @property
    def seconds_left(self) -> float:
        return self.deadline - time.monotonic()

    def tell(self) -> None:
        self.done += 1
        self.report(LadderProgress(time.monotonic() - self.started, self.done, self.total))


def _climbs(branch: Branch, policy: Policy, options: LadderOptions) -> dict[str, "_Climb"]:
    """The days of a regime; what a regime shares between days is worked out here."""
    regime, known = Regime.of(branch, policy), Known(branch)
    staffings = [day_staffing(branch, day_type) for day_type in branch.day_types]
    node = regime_node(branch, regime, [day_problem(branch, staffing, regime, known) for staffing in staffings], known)
    return {
        day.problem.staffing.day_type: _Climb(
            day.problem,
            day.days,
            node.broken,
            options.seed,
            options.gap,
            policy.days.get(day.problem.staffing.day_type),
        )
        for day in node.days
    }


@dataclass
class _Climb:
    """One day type, solved at every price, from the middle outwards."""

    problem: DayProblem
    days: int
    broken: tuple[str, ...]
    seed: int
    gap: float
    given: DayPlan | None
    found: dict[tuple[tuple[int, ...], ...], tuple[dict[str, Levels], tuple[int, ...]]] = field(default_factory=dict)
    """Windows and people of every plan that holds."""

    def run(self, work: _Work) -> Ladder:
        """The ladder of the day."""
        if self.broken:
            return self._ladder((), {})
        prices = work.options.prices
        self._keep_given()
        model, known = DayModel(self.problem, self.seed), set[CostKey]()
        nodes = {}
        for price in prices:
            same = self.problem.at_price(price)
            # Promises by period, for which deep paths are made, bind where labour is dear.
            nodes[price] = DayNode(same, self.days, model=model, known=known, deepened=price < 1)
            nodes[price].relax()
        for price in _order(prices):
            for other, bound in _joined({price: node.bound for price, node in nodes.items()}).items():
                nodes[other].lift(bound)
            gap = work.options.gap * (CHEAP_LABOUR_GAP if price < 1 else 1.0)
            self._tighten(nodes[price], gap, work)
            work.tell()
        bounds = _joined({price: node.bound for price, node in nodes.items()})
        return self._ladder(prices, bounds) if self.found else self._ladder((), {})

    def _tighten(self, node: DayNode, gap: float, work: _Work) -> None:
        """From the best plan so far: a bound within the gap of it, or a better plan; cuts hold at every price."""
        for windows, people in self.found.values():
            node.keep(windows, people)
        for _ in range(ROUNDS):
            if node.stuck or node.closed(gap) or work.seconds_left <= 0:
                break
            node.bound_integer(gap, work.seconds_left)
            node.hold(gap, work.seconds_left)
        for windows, people in node.found:
            self._add(windows, people)

    def _keep_given(self) -> None:
        node = DayNode(self.problem, self.days)
        if self.given is not None and node.begin_with(self.given):
            self._add(*node.found[0])

    def _add(self, windows: dict[str, Levels], people: tuple[int, ...]) -> None:
        self.found[(*windows.values(), people)] = (windows, people)

    def _ladder(self, prices: tuple[float, ...], bounds: dict[float, float]) -> Ladder:
        """The best plan at each price, and of all plans those that are near the least cost at some price."""
        staffing, roles = self.problem.staffing, self.problem.demands
        plans = [(staffing.pay(people), self.problem.cost(w), w, people) for w, people in self.found.values()]
        plans.sort(key=lambda plan: plan[:2])
        points, rungs = [], []
        for price in prices:
            best = min(plans, key=lambda plan: (plan[1] + price * plan[0], plan[0]))
            points.append(self._rung(*best, price, bounds[price]))
        for plan in _undominated(plans):
            rung = min((self._rung(*plan, price, bounds[price]) for price in prices), key=lambda rung: rung.gap)
            if rung.gap <= self.gap or any(rung.plan == point.plan for point in points):
                rungs.append(rung)
        return Ladder(
            day_type=staffing.day_type,
            days=self.days,
            regime=self.problem.regime,
            points=tuple(points),
            rungs=tuple(rungs),
            broken=self.broken,
            uncertified_roles=tuple(role for role in roles if role not in self.problem.monotone),
            undecided_cost=self._undecided,
        )

    def _rung(
        self, pay: float, queue: float, windows: dict[str, Levels], people: tuple[int, ...], price: float, bound: float
    ) -> Rung:
        """A plan, with the bound at a price."""
        days = [self.problem.role_day(role, levels) for role, levels in windows.items()]
        priced, machines = queue + price * pay, self._undecided
        if len(self.problem.monotone) == len(self.problem.demands) and bound > priced * (1 + 1e-6) + 1e-6:
            raise ArithmeticError(f"the bound {bound} is above the cost {priced} of a plan that holds")
        bound = min(bound, priced)
        return Rung(
            labour_price=price,
            plan=DayPlan(windows=windows, shifts=self.problem.staffing.assignments(people)),
            people_cost=pay,
            queue_cost=queue + machines,
            customers=sum(float(day.demand.arrivals.sum()) for day in days),
            waiting=sum(float(day.measures.waiting.sum()) + day.measures.waiting_after_closing for day in days),
            lost=sum(float(day.measures.abandoned.sum() + day.measures.blocked.sum()) for day in days),
            bound=bound + machines,
            gap=(priced - bound) / priced if priced > 0 else 0.0,
        )

    @property
    def _undecided(self) -> float:
        return sum(machine.units * machine.cost_per_day for machine in self.problem.branch.machines.values())


def _order(prices: tuple[float, ...]) -> list[float]:
    """The price nearest to 1, the ends, then the rest outwards: bounds at the ends often bound the rest by chords."""
    outwards = sorted(prices, key=lambda price: (max(price, 1 / price), price))
    return list(dict.fromkeys([outwards[0], prices[-1], prices[0], *outwards]))


def _undominated(plans: list[Plan]) -> Iterator[Plan]:
    """Plans in order of people cost, each with less queue cost than those before; hardly different ones left out."""
    best = inf
    for plan in plans:
        if plan[1] < best - SAME * abs(best) or best == inf:
            best = plan[1]
            yield plan


def _joined(bounds: Mapping[float, float]) -> dict[float, float]:
    """Bounds at each price, lifted by those at others: the least cost is concave in the price, and never falls."""
    joined = dict(bounds)
    for price in bounds:
        below = [(w, b) for w, b in bounds.items() if w < price and b > -inf]
        above = [(w, b) for w, b in bounds.items() if w > price and b > -inf]
        chords = [b + (c - b) * (price - w) / (v - w) for w, b in below for v, c in above if c < inf]
        joined[price] = max([bounds[price], *(b for _, b in below), *chords])
    return joined


@dataclass(frozen=True)
class FrontierPoint:
    """A quarter in which every day is worked by the plan of one labour price."""

    labour_price: float
    people_cost: float
    """Wages, at what they are [yuan a quarter]."""
    waiting_cost: float
    """All other costs: waiting, lost customers, machines, campaign and so on [yuan a quarter]."""
    mean_wait: float
    """Of all customers at the windows [minutes]."""
    lost: float
    """Share of them who give up or turn away."""
    bound: float
    """Proven least of waiting cost + labour price · people cost under this regime [yuan a quarter]."""
    gap: float
    """How far that sum can be above its least, costs that no decision changes left out."""
    least_waiting_cost: float
    """Proven: no plans under this regime whose people cost as much or less have lower other costs [yuan a quarter]."""

    @property
    def cost(self) -> float:
        """Cost of the quarter [yuan]."""
        return self.people_cost + self.waiting_cost

    @property
    def priced_cost(self) -> float:
        """Cost of the quarter with wages at the labour price [yuan]."""
        return self.waiting_cost + self.labour_price * self.people_cost


def frontier(branch: Branch, ladders: Mapping[str, Ladder]) -> tuple[FrontierPoint, ...]:
    """What a quarter costs, and how long its customers wait, at each labour price; none where a day has no plan."""
    prices = [{rung.labour_price for rung in ladder.points} for ladder in ladders.values()]
    common = sorted(set.intersection(*prices)) if prices else []
    campaign = max((branch.campaigns[ladder.regime.campaign].cost for ladder in ladders.values()), default=0.0)
    points = [_point(price, campaign, tuple(ladders.values())) for price in common]
    # waiting + w · people is at least the bound at w, and w · people at most what the people of the point cost.
    least = [max(other.bound - other.labour_price * point.people_cost for other in points) for point in points]
    return tuple(replace(point, least_waiting_cost=cost) for point, cost in zip(points, least, strict=True))


def _point(price: float, campaign: float, days: tuple[Ladder, ...]) -> FrontierPoint:
    rungs = [(ladder.days, next(rung for rung in ladder.points if rung.labour_price == price)) for ladder in days]

    def total(value: Callable[[Rung], float]) -> float:
        return sum(days * value(rung) for days, rung in rungs)

    customers, bound = total(lambda rung: rung.customers), campaign + total(lambda rung: rung.bound)
    undecided = sum(ladder.days * ladder.undecided_cost for ladder in days)
    priced = campaign + total(lambda rung: rung.priced_cost)
    return FrontierPoint(
        labour_price=price,
        people_cost=total(lambda rung: rung.people_cost),
        waiting_cost=campaign + total(lambda rung: rung.queue_cost),
        mean_wait=total(lambda rung: rung.waiting) / customers if customers > 0 else 0.0,
        lost=total(lambda rung: rung.lost) / customers if customers > 0 else 0.0,
        bound=bound,
        gap=(priced - bound) / (priced - undecided) if priced > undecided else 0.0,
        least_waiting_cost=bound - price * total(lambda rung: rung.people_cost),
    )
