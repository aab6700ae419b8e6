"""Long runs with tiers, advice, forms, pitches, dead numbers and arrivals that are not Poisson, against exact queues.

A run has three periods: one to forget that the hall began empty, one that is looked at, and one that follows those
who came to the end of their wait.
"""

from math import exp, log
from statistics import NormalDist

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import nbinom, poisson

from optimizer.queues import (
    erlang_a,
    erlang_c,
    general_service,
    head_start_priority,
    priority_queue,
    service_rules_queue,
    threshold_diversion,
)
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import Advice, CustomerClass, Form, Hall, Pitch, Station, Tickets, Visit

LOOKED_AT = 1
exponential = Distribution.exponential


def customers(name, rate, way, **visits):
    return CustomerClass(name, (rate,) * 3, way, visits)


def station(name, servers, **more):
    return Station(name, ((0.0, servers),), **more)


def one_desk(servers, visit, rate, length, *, gap=None, **more):
    everybody = customers("all", rate, ("desk",), desk=visit)
    return Hall(length, (station("desk", servers, **more),), (everybody,), gap=gap or exponential(1.0))


def looked_at(estimate):
    return type(estimate)(estimate.value[LOOKED_AT], estimate.error[LOOKED_AT], estimate.days)


def mean_wait(estimate, name, **which):
    return looked_at(estimate.measures(name, by_period=True, **which).mean_wait)


def tiers(rates, visits, servers, length, *, limits=(), head_start=None):
    """A hall of one desk and a class for each rank, highest first."""
    top = len(rates) - 1
    classes = tuple(
        customers(f"tier {top - rank}", rate, ("desk",), desk=Visit(rank=rank, **visit))
        for rank, rate, visit in zip(range(top, -1, -1), rates, visits, strict=True)
    )
    return Hall(length, (station("desk", servers, limits=limits),), classes, head_start=head_start)


def against_tiers(queue, limits=(), *, abandonment=False):
    def read(estimate):
        rows = []
        for index, tier in enumerate(queue.tiers):
            at = estimate.measures("desk", of_class=f"tier {index}", by_period=True)
            rows.append((f"mean wait of tier {index}", at.mean_wait, tier.mean_wait))
            for limit in limits:
                level = tier.service_level(limit)
                rows.append((f"share of tier {index} within {limit}", at.service_levels[limit], level))
            if abandonment:
                rows.append((f"share of tier {index} lost", at.abandonment, tier.abandonment))
        return [(what, looked_at(got), exact) for what, got, exact in rows]

    return read


def three_tiers():
    """priority_queue, in closed form."""
    rates = [0.07, 0.07, 0.06]
    hall = tiers(rates, [{"service": exponential(5.0)}] * 3, 2, 2000.0, limits=(4.0,))
    return hall, 17000, against_tiers(priority_queue(2, rates, 0.2), (4.0,))


def two_tiers_served_unlike():
    """priority_queue, by its chain."""
    visits = [{"service": exponential(7.0)}, {"service": exponential(3.5)}]
    hall = tiers([0.05, 0.07], visits, 1, 2000.0)
    return hall, 21000, against_tiers(priority_queue(1, [0.05, 0.07], [1 / 7, 1 / 3.5]))


def two_tiers_of_unlike_patience():
    """priority_queue, by its chain."""
    visits = [{"service": exponential(5.0), "patience": exponential(mean)} for mean in (40.0, 15.0)]
    hall = tiers([0.3, 0.5], visits, 4, 2000.0)
    queue = priority_queue(4, [0.3, 0.5], 0.2, [1 / 40, 1 / 15])
    return hall, 1300, against_tiers(queue, abandonment=True)


def ageing():
    """head_start_priority."""
    rates = [0.08, 0.1]
    hall = tiers(rates, [{"service": exponential(6.0)}] * 2, 2, 2000.0, limits=(6.0,), head_start=10.0)
    return hall, 13000, against_tiers(head_start_priority(2, rates, 1 / 6, 10.0), (6.0,))


def diversion_by_the_number_waiting():
    """threshold_diversion, of which seven in ten obey."""
    advice = Advice("machine", Distribution.constant(1.0), 1.0, follow=(0.7,), when_waiting=3)
    visits = {"desk": Visit(exponential(5.0), patience=exponential(30.0)), "machine": Visit(exponential(1.0))}
    everybody = CustomerClass("all", (0.9,) * 3, ("desk",), visits, advice=advice)
    hall = Hall(2000.0, (station("desk", 4, limits=(3.0,)), station("machine", 1, remote=True)), (everybody,))
    queue = threshold_diversion(4, 0.9, 0.2, 3, 1 / 30, 0.7)

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        sent = looked_at(estimate.measures("machine", by_period=True).arrivals)
        joined = 1 - queue.blocking
        return [
            ("mean wait", looked_at(at.mean_wait), queue.mean_wait),
            ("share within 3", looked_at(at.service_levels[3.0]), queue.service_level(3.0) / joined),
            ("share lost", looked_at(at.abandonment), queue.abandonment / joined),
            ("diverted", sent, 2000.0 * 0.9 * queue.blocking),
        ]

    return hall, 940, read


def advice_by_amount():
    """erlang_c and erlang_a: who is sent by a lognormal amount, and who is not, arrive in Poisson streams."""
    small = NormalDist().cdf((log(20_000) - 9.4) / 1.2)
    amount = Distribution.lognormal(exp(9.4 + 1.2**2 / 2), exp(1.2**2) - 1)
    advice = Advice("machine", amount, 20_000, follow=(0.9,))
    visits = {
        "greeter": Visit(exponential(0.7)),
        "desk": Visit(exponential(5.0), patience=exponential(10.0)),
        "machine": Visit(exponential(2.0), patience=exponential(6.0)),
    }
    everybody = CustomerClass("all", (0.8,) * 3, ("greeter", "desk"), visits, advice=advice)
    stations = (station("greeter", 1), station("desk", 2, limits=(4.0,)), station("machine", 1))
    hall = Hall(2000.0, stations, (everybody,), adviser="greeter")
    sent = 0.8 * 0.9 * small
    greeter = erlang_c(1, 0.8, 1 / 0.7)
    desk, machine = erlang_a(2, 0.8 - sent, 1 / 5, 1 / 10), erlang_a(1, sent, 1 / 2, 1 / 6)

    def read(estimate):
        level = estimate.measures("desk", by_period=True).service_levels[4.0]
        return [
            ("mean wait at the greeter", mean_wait(estimate, "greeter"), greeter.mean_wait),
            ("mean wait at the desk", mean_wait(estimate, "desk"), desk.mean_wait),
            ("share within 4 at the desk", looked_at(level), desk.service_level(4.0)),
            ("mean wait at the machine", mean_wait(estimate, "machine"), machine.mean_wait),
        ]

    return hall, 1700, read


def assistance():
    """Pollaczek and Khinchine: one greeter who helps three in ten for exponential 2 minutes more."""
    advice = Advice("machine", Distribution.constant(1.0), 1.0, follow=(0.3,), assistance=exponential(2.0))
    visits = {name: Visit(exponential(1.0)) for name in ("greeter", "desk", "machine")}
    everybody = CustomerClass("all", (0.32,) * 3, ("greeter", "desk"), visits, advice=advice)
    stations = (station("greeter", 1), *(station(name, 1, remote=True) for name in ("desk", "machine")))
    hall = Hall(2000.0, stations, (everybody,), adviser="greeter")
    queue = general_service(1, 0.32, 1 / 1.6, (1 + 0.3 * 8 - 0.6**2) / 1.6**2)

    def read(estimate):
        return [
            ("mean wait", mean_wait(estimate, "greeter"), queue.mean_wait),
            ("share busy", looked_at(estimate.utilization("greeter")), 0.32 * 1.6),
        ]

    return hall, 3900, read


def forms_at_the_desk():
    """erlang_c with all turns: at the form desk nobody waits, and second turns keep the product form (Kelly 1979)."""
    form = Form(0.6, Distribution.lognormal(6.0, 0.5), wrong=0.25)
    hall = one_desk(2, Visit(exponential(5.0), form=form), 0.18, 2000.0, limits=(3.0,))
    queue = erlang_c(2, 0.18 * 1.15, 0.2)

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        return [
            ("mean wait", looked_at(at.mean_wait), queue.mean_wait),
            ("share within 3", looked_at(at.service_levels[3.0]), queue.service_level(3.0)),
            ("turns", looked_at(at.arrivals), 2000.0 * 0.18 * 1.15),
        ]

    return hall, 11000, read


COUNTS = np.arange(600)


def during_exponential(rate, mean):
    """Probabilities of so many arrivals during an exponential time."""
    return nbinom.pmf(COUNTS, 1, 1 / (1 + rate * mean))


def during_sum(rate, mean, constant):
    """The same during an exponential time and a constant one."""
    return np.convolve(during_exponential(rate, mean), poisson.pmf(COUNTS, rate * constant))[: len(COUNTS)]


def by_the_number_left(rate, short, long, share, below):
    """Mean wait and share of long services of one server, by the chain of the number that a departure leaves, which is
    what an arrival finds too.

    Short and long: mean, and probabilities of so many arrivals meanwhile. A service is long with probability ``share``
    where it leaves fewer than ``below`` waiting.
    """
    p = np.where(below > COUNTS, share, 0.0)
    chain = np.zeros((len(COUNTS), len(COUNTS)))
    for left in COUNTS:
        w = max(left - 1, 0)
        chain[left, w:] = ((1 - p[w]) * short[1] + p[w] * long[1])[: len(COUNTS) - w]
    chain[:, -1] += 1 - chain.sum(axis=1)
    found = np.linalg.solve(np.vstack([(chain.T - np.eye(len(p)))[:-1], np.ones(len(p))]), [0.0] * (len(p) - 1) + [1.0])
    long_share = found[0] * p[0] + found[1:] @ p[:-1]
    return found @ COUNTS / rate - short[0] - long_share * (long[0] - short[0]), long_share


def test_the_chain_of_departures_is_the_queue_with_rules():
    queue = service_rules_queue(1, 0.2, (1 / 3, 1 / 8), [0.6, 0.6, 0.6, 0.0])
    times = [(mean, during_exponential(0.2, mean)) for mean in (3.0, 8.0)]
    assert by_the_number_left(0.2, *times, 0.6, 3) == pytest.approx((queue.mean_wait, queue.long_share), rel=1e-9)


def pitch():
    """The chain of departures: half a service more while nobody or one is left waiting."""
    hall = one_desk(1, Visit(exponential(4.0), pitch=Pitch(2.0, below=2)), 0.14, 3000.0)
    wait, long = by_the_number_left(
        0.14, (4.0, during_exponential(0.14, 4.0)), (6.0, during_sum(0.14, 4.0, 2.0)), 1.0, 2
    )

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        return [
            ("mean wait", looked_at(at.mean_wait), wait),
            ("pitches", looked_at(at.pitches), 3000.0 * 0.14 * long),
            ("share busy", looked_at(estimate.utilization("desk")), 0.14 * (4.0 + 2.0 * long)),
        ]

    return hall, 2800, read


def forms_at_the_window():
    """The chain of departures: six customers in ten need five minutes more while fewer than three are left."""
    form = Form(0.6, None, window_minutes=5.0, below=3)
    hall = one_desk(1, Visit(exponential(3.0), form=form), 0.2, 3000.0)
    wait, long = by_the_number_left(0.2, (3.0, during_exponential(0.2, 3.0)), (8.0, during_sum(0.2, 3.0, 5.0)), 0.6, 3)

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        return [
            ("mean wait", looked_at(at.mean_wait), wait),
            ("forms", looked_at(at.forms_at_window), 3000.0 * 0.2 * long),
        ]

    return hall, 830, read


def dead_numbers():
    """Pollaczek and Khinchine, the work of an arrival being the service and the calls of the dead numbers around it.

    A customer takes one number or, with probability .5, two, the second behind the first. Before each comes a
    geometric number of dead ones, of mean a and variance a (1 + a) with a = .2 / .8; they precede the customer's own.
    """
    rate, service, call, more, a = 0.13, 4.0, 0.5, 0.5, 0.2 / 0.8
    visit = Visit(exponential(service), tickets=Tickets(1 + more, 0.2, call))
    ahead = a * (1 + more)
    dead, variance = ahead + more, (1 + more) * a * (1 + a) + (1 + a) ** 2 * more * (1 - more)
    work = service + call * dead
    square = service**2 + call**2 * variance + work**2
    wait = rate * square / (2 * (1 - rate * work)) + call * ahead

    def read(estimate):
        return [
            ("mean wait", mean_wait(estimate, "desk"), wait),
            ("share busy", looked_at(estimate.utilization("desk")), rate * work),
        ]

    return one_desk(1, visit, rate, 3000.0), 5600, read


def regular_arrivals():
    """GI/M/c: waits are geometric in the root of σ = E exp(-(1 - σ) c μ A); here gamma gaps, one server."""
    rate, service, scv = 0.6, 1.0, 0.5
    hall = one_desk(1, Visit(exponential(service)), rate, 2000.0, gap=Distribution.gamma(1.0, scv), limits=(1.0,))
    root = brentq(lambda s: (1 + (1 - s) / service * scv / rate) ** (-1 / scv) - s, 0.0, 0.999)

    def read(estimate):
        level = estimate.measures("desk", by_period=True).service_levels[1.0]
        return [
            ("mean wait", mean_wait(estimate, "desk"), root * service / (1 - root)),
            ("share within 1", looked_at(level), 1 - root * exp(-(1 - root) / service)),
        ]

    return hall, 2300, read


MODELS = (
    three_tiers, two_tiers_served_unlike, two_tiers_of_unlike_patience, ageing, diversion_by_the_number_waiting,
    advice_by_amount, assistance, forms_at_the_desk, pitch, forms_at_the_window, dead_numbers, regular_arrivals,
)  # fmt: skip


@pytest.fixture(scope="module")
def long_runs(family):
    return family(*MODELS)


@pytest.mark.parametrize("model", [model.__name__ for model in MODELS])
def test_a_long_run_is_that_of_the_queue(long_runs, model):
    comparisons = long_runs.models[model]
    assert not [str(each) for each in comparisons if not each.narrow]
    assert not [str(each) for each in long_runs.refused() if each in comparisons]


def test_an_error_of_three_per_cent_would_be_refused(long_runs):
    assert not long_runs.blind_to(0.03)
