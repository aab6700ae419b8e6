"""Halls that the package Ciw can express too, and their translation into its networks.

Ciw (Palmer, Knight, Harper and Hawa 2019, Ciw: An open-source discrete event simulation library, Journal of Simulation
13(1)) follows one customer object at a time and shares no line with the hall's kernel. Where the two mean different
things the models are chosen so that both mean the same:

- At each change of a Ciw schedule all servers go home, the busy ones after their customer, and the new number start
  beside them at once; in the hall nobody is called until fewer than the new number are in service. Both agree where
  nobody is in service at the change: ``lunch`` shuts all windows for longer than the longest service between two
  numbers. ``changing`` has the hall's rule, as a node class of its own in Ciw.
- In the hall nobody gives up or turns away after closing: there the door stays open, with no more arrivals, until
  everybody has gone.
- Ciw keeps no record of those who are inside at the end: it runs on until nobody is.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, inf

import ciw
import numpy as np
import pytest

from optimizer.simulation import CustomerClass, Distribution, Hall, Station, Visit

LONGER = 1500.0
"""Minutes after closing that Ciw runs on; nobody is inside then."""
POISSON = Distribution.exponential(1.0)


class FinishFirst(ciw.Node):
    """A node with the hall's rule: nobody is called until fewer than the new number are in service."""

    def change_shift(self):
        self.schedule.get_next_shift()
        self.next_shift_change = self.schedule.next_shift_change_date
        self.c = self.schedule.c
        beyond = max(0, len(self.servers) - self.c)
        for server in [each for each in self.servers if not each.busy][:beyond]:
            self.kill_server(server)
        self.add_new_servers(max(0, self.c - len(self.servers)))
        self.begin_service_if_possible_change_shift()

    def detatch_server(self, server, individual):  # the name is Ciw's
        server.offduty = len(self.servers) > self.c
        super().detatch_server(server, individual)


class PitchService(ciw.dists.Distribution):
    """Service that is longer while few are left waiting."""

    def __init__(self, service, pitch):
        self.service, self.pitch = service, pitch

    def sample(self, t=None, ind=None):
        node = self.simulation.transitive_nodes[ind.node - 1]
        left = sum(not each.server for each in node.all_individuals)
        return self.service.sample(t, ind) + (self.pitch.minutes if left < self.pitch.below else 0.0)


class GivenService(ciw.dists.Distribution):
    """Service times by the order of arrival."""

    def __init__(self, minutes):
        self.minutes = minutes

    def sample(self, t=None, ind=None):
        return self.minutes[ind.id_number - 1]


@dataclass(frozen=True)
class Customers:
    """Customers of one day: moments ascending, class, service time at the last station of the way."""

    moment: np.ndarray
    kind: np.ndarray
    service: np.ndarray


def translated(distribution: Distribution) -> ciw.dists.Distribution | None:
    """A distribution in Ciw's words."""
    p = distribution.parameters
    return {
        "never": lambda: None,
        "constant": lambda: ciw.dists.Deterministic(*p),
        "exponential": lambda: ciw.dists.Exponential(1 / p[0]),
        "lognormal": lambda: ciw.dists.Lognormal(*p),
        "gamma": lambda: ciw.dists.Gamma(*p),
        "hyperexponential": lambda: ciw.dists.HyperExponential([1 / p[1], 1 / p[2]], [p[0], 1 - p[0]]),
        "table": lambda: ciw.dists.Pmf(list(distribution.values), list(distribution.shares)),
    }[distribution.family]()


def arrivals(hall: Hall, each: CustomerClass, factor: float) -> ciw.dists.Distribution:
    """Arrivals of a class on a day; other gaps than exponential at a rate that holds all day, of one class."""
    if hall.gap == POISSON:
        ends = [hall.period * (t + 1) for t in range(hall.periods)]
        return ciw.dists.PoissonIntervals([factor * rate for rate in each.rates], ends, hall.closing)
    gap, gaps = translated(hall.gap), []
    while sum(gaps) < hall.closing:
        gaps.append(gap.sample() / each.rates[0])
    return ciw.dists.Sequential([*gaps[:-1], inf])


def moments(customers: Customers, c: int) -> ciw.dists.Distribution:
    """Given arrivals of a class."""
    return ciw.dists.Sequential([*np.diff(customers.moment[customers.kind == c], prepend=0.0), inf])


def servers(station: Station) -> int | ciw.Schedule:
    """A number of servers, or a schedule whose last number holds."""
    begins, numbers = zip(*station.servers, strict=True)
    return numbers[0] if len(numbers) == 1 else ciw.Schedule(list(numbers), [*begins[1:], 1e6])


def service(visit: Visit) -> ciw.dists.Distribution:
    """Service time of a visit."""
    return PitchService(translated(visit.service), visit.pitch) if visit.pitch else translated(visit.service)


def baulking(station: Station, visit: Visit) -> Callable[..., float] | None:
    """Share who turn away by the number in the node, busy servers with them."""
    number = station.servers[0][1]
    if not visit.balking:
        return None
    return lambda n, **_: 1 - (1 - visit.balking) ** (max(n - number, 0) / 10)


def routing(hall: Hall, each: CustomerClass) -> list[list[float]]:
    """Probabilities of going on; with advice, those who follow it go elsewhere after the adviser."""
    names = [station.name for station in hall.stations]
    matrix = [[0.0] * len(names) for _ in names]
    for here, there in zip(each.way[:-1], each.way[1:], strict=True):
        matrix[names.index(here)][names.index(there)] = 1.0
    if each.advice:
        share = each.advice.follow[0] * (1 - exp(-each.advice.ceiling / each.advice.amount.mean))
        row = matrix[names.index(hall.adviser)]
        row[names.index(each.way[1])], row[names.index(each.advice.to)] = 1 - share, share
    return matrix


def order(hall: Hall) -> dict[str, object]:
    """Who is called first: by rank, or by time of joining less a head start."""
    if hall.head_start is None:
        ranks = {each.name: max(visit.rank for visit in each.visits.values()) for each in hall.classes}
        return {"priority_classes": {name: max(ranks.values()) - rank for name, rank in ranks.items()}}
    (station,) = hall.stations
    ahead = {each.name: hall.head_start * each.visits[station.name].rank for each in hall.classes}
    return {
        "service_disciplines": [
            lambda waiting, now: min(waiting, key=lambda one: one.arrival_date - ahead[one.customer_class])
        ]
    }


def network(hall: Hall, customers: Customers | None = None) -> ciw.network.Network:
    """A day of the hall as a network of Ciw, whose arrivals are drawn here; or with customers that are given."""
    scv = hall.busyness_scv
    factor = random.gammavariate(1 / scv, scv) if scv else 1.0
    stations, classes = hall.stations, hall.classes

    def by_node(each: CustomerClass, value: Callable[[Station, Visit], object], absent: object = None) -> list[object]:
        return [value(s, each.visits[s.name]) if s.name in each.visits else absent for s in stations]

    def come(c: int, each: CustomerClass) -> list[object]:
        dist = arrivals(hall, each, factor) if customers is None else moments(customers, c)
        return by_node(each, lambda s, _: dist if s.name == each.way[0] else None)

    def served(each: CustomerClass) -> list[object]:
        def one(station: Station, visit: Visit) -> object:
            given = customers is not None and station.name == each.way[-1]
            return GivenService(customers.service) if given else service(visit)

        return by_node(each, one, ciw.dists.Deterministic(0.0))

    return ciw.create_network(
        arrival_distributions={each.name: come(c, each) for c, each in enumerate(classes)},
        service_distributions={each.name: served(each) for each in classes},
        reneging_time_distributions={each.name: by_node(each, lambda _, v: translated(v.patience)) for each in classes},
        baulking_functions={each.name: by_node(each, baulking) for each in classes},
        number_of_servers=[servers(station) for station in stations],
        queue_capacities=[inf if s.capacity is None else s.capacity - s.servers[0][1] for s in stations],
        routing={each.name: routing(hall, each) for each in classes},
        **order(hall),
    )


def followed(
    hall: Hall, seed: int, *, finish_first: bool = False, customers: Customers | None = None
) -> list[ciw.data_record.DataRecord]:
    """What Ciw records of a day; ``finish_first`` gives its nodes the hall's rule for changing servers."""
    state = random.getstate()
    try:
        ciw.seed(seed)
        simulation = ciw.Simulation(network(hall, customers), node_class=FinishFirst if finish_first else None)
        simulation.simulate_until_max_time(hall.closing + LONGER)
    finally:
        random.setstate(state)
    came, left = simulation.nodes[0].number_of_individuals, simulation.nodes[-1].number_of_individuals
    if came != left:
        raise RuntimeError(f"{came - left} of {came} are still inside")
    return simulation.get_all_records()


@pytest.fixture(scope="session")
def ciw_day() -> Callable[..., list[ciw.data_record.DataRecord]]:
    """Follows a day of a hall with Ciw, whose global stream of random numbers is put back."""
    return followed


@pytest.fixture(scope="session")
def customers() -> type[Customers]:
    """Customers of one day: moments ascending, class, service time at the last station of the way."""
    return Customers
