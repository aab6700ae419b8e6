"""The simulation against Ciw, another program that follows events: means of the same halls, and the same customers.

Days are independent on both sides. All differences of means are judged together: Holm's correction at a family level
of 1 % (Holm 1979, A simple sequentially rejective multiple test procedure).

Power: the standard error of a mean wait of Ciw's is 0.5 to 2 % of it, of a share .001 to .005, of the number served
0.2 to 0.5 %, ours a fifth to a third of these. With 188 comparisons the first step of Holm rejects from 4.04 standard
errors on, so a difference of 5.3 is found with a probability of 90 %: 3 to 11 % of a mean wait, .005 to .027 of a
share, 1 to 3 % of those served. What is finer is left to ``test_same_customers.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from optimizer.simulation import (
    Advice,
    CustomerClass,
    Distribution,
    Estimate,
    Hall,
    HallEstimate,
    Pitch,
    Replications,
    Station,
    Visit,
    simulate_hall,
)

SEED = 20261126
DAYS = 20_000
"""Of ours; Ciw's are the model's own."""
FAMILY_LEVEL = 0.01
EXPONENTIAL = Distribution.exponential


@dataclass(frozen=True)
class Model:
    """A hall, and how many days Ciw follows."""

    name: str
    hall: Hall
    days: int
    finish_first: bool = False
    """Whether Ciw's node has the hall's rule for changing servers."""


def hall(period: float, station: Station, *classes: tuple[str, tuple[float, ...], Visit], **more: object) -> Hall:
    """A hall of one station."""
    return Hall(
        period, (station,),
        tuple(CustomerClass(name, rates, (station.name,), {station.name: visit}) for name, rates, visit in classes),
        **more,
    )  # fmt: skip


def steps(*numbers: int, each: float) -> tuple[tuple[float, int], ...]:
    """Numbers of servers that change at equal distances."""
    return tuple(zip(accumulate([each] * (len(numbers) - 1), initial=0.0), numbers, strict=True))


def models() -> Iterator[Model]:
    """The models, one station first, then several."""
    three = Station("windows", ((0.0, 3),), limits=(5.0,))
    ordinary = Visit(EXPONENTIAL(5.0))
    patient = replace(ordinary, patience=EXPONENTIAL(12.0))
    vip = replace(patient, rank=1)
    long_service = Visit(Distribution.lognormal(5.0, 0.6))

    yield Model("servers", hall(120.0, three, ("all", (0.45, 0.55), ordinary)), 2500)
    yield Model("two ranks", hall(240.0, three, ("vip", (0.15,), Visit(EXPONENTIAL(4.0), rank=1)),
                                  ("ordinary", (0.35,), ordinary)), 2500)  # fmt: skip
    yield Model("three ranks", hall(
        240.0, three, *((name, (rate, 0.0), replace(long_service, rank=rank, patience=EXPONENTIAL(mean)))
                        for name, rate, rank, mean in (("gold", 0.1, 2, 20.0), ("vip", 0.2, 1, 15.0),
                                                       ("ordinary", 0.4, 0, 12.0))),
    ), 800)  # fmt: skip
    # Times that do not add up to a change: at one moment Ciw changes servers first, in the hall services end first.
    yield Model("lunch", hall(
        60.0, Station("windows", ((0.0, 0), (15.0, 3), (60.0, 0), (66.0, 5), (120.0, 0), (126.0, 2))),
        ("all", (0.7, 1.0, 0.6, 0.3), Visit(Distribution.table((2.0317, 4.0193, 5.4877), (0.3, 0.5, 0.2)))),
    ), 1500)  # fmt: skip
    yield Model("changing", hall(
        60.0, Station("windows", steps(2, 5, 3, 0, 4, 3, each=60.0), limits=(5.0,)),
        ("vip", (0.1, 0.3, 0.2, 0.1, 0.2, 0.0), vip), ("ordinary", (0.5, 0.8, 0.5, 0.4, 0.5, 0.0), patient),
    ), 800, finish_first=True)  # fmt: skip
    yield Model("exponential patience", hall(240.0, three, (
        "all", (0.8, 0.0), Visit(Distribution.hyperexponential(0.3, 10.0, 3.0), patience=EXPONENTIAL(12.0)),
    )), 800)  # fmt: skip
    yield Model("constant patience", hall(240.0, three, (
        "all", (0.7, 0.0), replace(ordinary, patience=Distribution.constant(8.0)),
    )), 800)  # fmt: skip
    yield Model("lognormal patience", hall(240.0, three, (
        "all", (0.7, 0.0), replace(long_service, patience=Distribution.lognormal(12.0, 1.5)),
    )), 800)  # fmt: skip
    yield Model("balking", hall(240.0, three, ("all", (0.8, 0.0), replace(ordinary, balking=0.6))), 800)
    yield Model("capacity", hall(240.0, replace(three, capacity=7), (
        "all", (0.7, 0.0), Visit(Distribution.gamma(5.0, 0.5)),
    )), 800)  # fmt: skip
    yield Model("head start", hall(240.0, three, ("vip", (0.2, 0.0), vip), ("ordinary", (0.5, 0.0), patient),
                                   head_start=5.0), 800)  # fmt: skip
    yield Model("busy days", hall(240.0, three, ("all", (0.6, 0.0), patient), busyness_scv=0.1), 1500)
    yield Model("renewal arrivals", hall(240.0, three, ("all", (0.5,), Visit(Distribution.constant(5.0))),
                                         gap=Distribution.hyperexponential(0.2, 3.0, 0.5)), 2000)  # fmt: skip
    yield Model("pitch", hall(240.0, three, ("all", (0.7, 0.0), replace(patient, pitch=Pitch(2.0, 2)))), 800)
    yield from several_stations(patient)


def several_stations(patient: Visit) -> Iterator[Model]:
    """Two stages in a row, and a greeter who sends some elsewhere."""
    rates, greet = (0.6, 0.0), Visit(EXPONENTIAL(1.5), patience=EXPONENTIAL(10.0))
    stages = (Station("greeter"), Station("windows", ((0.0, 3),), limits=(5.0,)))
    yield Model("two stages", Hall(240.0, stages, (
        CustomerClass("all", rates, ("greeter", "windows"), {"greeter": greet, "windows": patient}),
        CustomerClass("known", (0.1, 0.0), ("windows",), {"windows": replace(patient, rank=1)}),
    )), 600)  # fmt: skip
    advice = Advice("machine", EXPONENTIAL(10_000.0), 5_000.0, follow=(0.8,))
    machine = Visit(Distribution.constant(4.0), patience=EXPONENTIAL(12.0))
    visits = {"greeter": greet, "windows": patient, "machine": machine}
    yield Model("advice", Hall(240.0, (*stages, Station("machine")), (
        CustomerClass("all", (0.65, 0.0), ("greeter", "windows"), visits, advice=advice),
    ), adviser="greeter"), 1000)  # fmt: skip


MODELS = {model.name: model for model in models()}


@dataclass(frozen=True)
class Comparison:
    """One mean by both programs, with its standard errors."""

    what: str
    ours: float
    our_error: float
    ciw: float
    ciw_error: float

    @property
    def p(self) -> float:
        """Probability of such a difference where there is none."""
        difference = abs(self.ours - self.ciw)
        error = float(np.hypot(self.our_error, self.ciw_error))
        return 2 * float(norm.sf(difference / error)) if error > 0 else float(difference < 1e-9)

    def __str__(self) -> str:
        return (f"{self.what}: ours {self.ours:.5g} ± {self.our_error:.2g}, Ciw {self.ciw:.5g} ± {self.ciw_error:.2g}, "
                f"p {self.p:.2g}")  # fmt: skip


@dataclass(frozen=True)
class CiwDays:
    """Days that Ciw has followed, and their means as our estimates have them."""

    model: Model
    follow: Callable[..., list[Any]]

    @cached_property
    def visits(self) -> dict[str, np.ndarray]:
        """One row for each customer at each node."""
        rows = [
            (day, one.node, one.customer_class, one.record_type, one.arrival_date,
             one.service_start_date if one.record_type == "service" else one.exit_date, one.exit_date)
            for day in range(self.model.days)
            for one in self.follow(self.model.hall, SEED + day, finish_first=self.model.finish_first)
        ]  # fmt: skip
        names = ("day", "node", "kind", "record", "joined", "called", "left")
        return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}

    def at(self, node: int, kind: str | None = None) -> np.ndarray:
        """Which visits are to a node, of a class."""
        there = self.visits["node"] == node
        return there if kind is None else there & (self.visits["kind"] == kind)

    def daily(self, which: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """Number of visits by day, or the sum of their weights."""
        return np.bincount(
            self.visits["day"][which], None if weights is None else weights[which], minlength=self.model.days
        )

    def within(self, begin: str, end: str, first: float, last: float) -> np.ndarray:
        """Minutes between two moments of a visit that fall into an interval."""
        return np.maximum(0.0, np.minimum(self.visits[end], last) - np.maximum(self.visits[begin], first))


def mean(days: np.ndarray) -> tuple[float, float]:
    """Mean over days and its standard error."""
    return float(days.mean()), float(days.std(ddof=1) / np.sqrt(len(days)))


def ratio(top: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Ratio of sums over days and its standard error."""
    value = top.sum() / base.sum()
    return float(value), mean(top - value * base)[1] / float(base.mean())


def compared(what: str, ours: Estimate, ciw: tuple[float, float]) -> Comparison:
    return Comparison(what, float(ours.value), float(ours.error), *ciw)


def comparisons(model: Model, follow: Callable[..., list[Any]]) -> Iterator[Comparison]:
    """All that the two say of a model."""
    estimate, days = simulate_hall(model.hall, Replications(DAYS, SEED)), CiwDays(model, follow)
    for node, station in enumerate(model.hall.stations, 1):
        for each in model.hall.classes:
            if station.name in each.visits:
                yield from of_class(model.name, estimate, days, node, station, each.name)
        yield from of_station(model.name, model.hall, estimate, days, node, station)


def of_class(
    model: str, estimate: HallEstimate, days: CiwDays, node: int, station: Station, kind: str
) -> Iterator[Comparison]:
    """Waits, losses and levels of a class at a station."""
    what, ours = f"{model}: {station.name}, {kind}: ", estimate.measures(station.name, of_class=kind)
    there, record = days.at(node, kind), days.visits["record"]
    came, wait = days.daily(there), days.visits["called"] - days.visits["joined"]
    yield compared(what + "arrivals", ours.arrivals, mean(came))
    yield compared(what + "mean wait", ours.mean_wait, ratio(days.daily(there, wait), came))
    for name, kinds, estimated in (("gave up", ["renege"], ours.abandoned),
                                   ("turned away", ["baulk", "rejection"], ours.turned_away)):  # fmt: skip
        if float(estimated.value) > 0 or np.isin(record[there], kinds).any():
            yield compared(what + name, estimated, mean(days.daily(there & np.isin(record, kinds))))
    if float(ours.abandonment.value) > 0:
        yield compared(what + "served", ours.served, mean(days.daily(there & (record == "service"))))
        yield compared(what + "abandonment", ours.abandonment, ratio(days.daily(there & (record != "service")), came))
    for limit, level in ours.service_levels.items():
        in_time = there & (record == "service") & (wait <= limit)
        yield compared(f"{what}within {limit:g} min", level, ratio(days.daily(in_time), came))


def of_station(
    model: str, hall: Hall, estimate: HallEstimate, days: CiwDays, node: int, station: Station
) -> Iterator[Comparison]:
    """Work and waiting at a station by period while customers come, and work after closing."""
    name, there = f"{model}: {station.name}: ", days.at(node)
    served = there & (days.visits["record"] == "service")
    waiting, utilization = estimate.measures(station.name, by_period=True).waiting, estimate.utilization(station.name)
    for t in range(hall.periods):
        begin, end = hall.period * t, hall.period * (t + 1)
        offered = estimate.servers[station.name][t]
        if any(each.rates[t] for each in hall.classes):
            if offered:
                busy = days.daily(served, days.within("called", "left", begin, end)) / offered
                yield compared(f"{name}utilization of period {t}", of_period(utilization, t), mean(busy))
            until = np.inf if t == hall.periods - 1 else end
            minutes = days.daily(there, days.within("joined", "called", begin, until))
            yield compared(f"{name}waiting in period {t}", of_period(waiting, t), mean(minutes))
    if any(each.rates[-1] for each in hall.classes):
        late = days.daily(served, days.within("called", "left", hall.closing, np.inf))
        yield compared(name + "work after closing", estimate.overtime(station.name), mean(late))


def of_period(estimate: Estimate, t: int) -> Estimate:
    return Estimate(estimate.value[t], estimate.error[t], estimate.days)


@pytest.fixture(scope="module")
def found(ciw_day) -> dict[str, list[Comparison]]:
    """All comparisons, by model."""
    return {name: list(comparisons(model, ciw_day)) for name, model in MODELS.items()}


def rejected(family: list[Comparison]) -> list[str]:
    """Differences that Holm's procedure rejects at the family's level."""
    out = []
    for index, each in enumerate(sorted(family, key=lambda one: one.p)):
        if each.p > FAMILY_LEVEL / (len(family) - index):
            break
        out.append(str(each))
    return out


@pytest.mark.parametrize("name", MODELS)
def test_the_means_of_a_model_are_those_of_ciw(found, name):
    """Each model alone by Bonferroni at the family's level, so that a failure names it."""
    family = sum(map(len, found.values()))
    assert [str(each) for each in found[name] if each.p < FAMILY_LEVEL / family] == []


def test_all_differences_together_are_chance(found):
    assert rejected([each for model in found.values() for each in model]) == []
