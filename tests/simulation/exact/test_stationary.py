"""Long runs of one line against the exact queue of ``optimizer.queues``; tiers and rules are in modules of their own.

A run has three periods: one to forget that the hall began empty, one that is looked at, and one without arrivals in
which those who came are served. The first is at least 20 times as long as such a queue remembers.
"""

from math import sqrt

import pytest

from optimizer.queues import (
    balking_queue,
    breakdown_queue,
    deterministic_service,
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_mixture,
    general_service,
    hyperexponential,
    phase_type_service,
    tandem,
)
from optimizer.simulation.distributions import Distribution
from optimizer.simulation.hall import CustomerClass, Hall, Station, Visit

LOOKED_AT = 1
exponential, gamma = Distribution.exponential, Distribution.gamma


def long_run(rate, servers, visit, length, *, limits=(), gap=None, **more):
    """A hall of one station, "desk"."""
    station = Station("desk", ((0.0, servers),), limits=limits, **more)
    customers = CustomerClass("all", (rate, rate, 0.0), ("desk",), {"desk": visit})
    return Hall(length, (station,), (customers,), gap=gap or exponential(1.0))


def balanced(mean, scv):
    """Hyperexponential times whose two kinds carry half of the work each."""
    share = (1 + sqrt((scv - 1) / (scv + 1))) / 2
    return Distribution.hyperexponential(share, mean / (2 * share), mean / (2 * (1 - share)))


def against(queue, limits=(), *, abandonment=False):
    """Reads what a queue of ``optimizer.queues`` says too."""

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        rows = [("mean wait", at.mean_wait, queue.mean_wait * (1 - queue.blocking))]
        rows += [(f"share within {limit}", at.service_levels[limit], queue.service_level(limit)) for limit in limits]
        if abandonment:
            rows.append(("share lost", at.abandonment, queue.abandonment + queue.blocking))
        rows.append(("share busy", estimate.utilization("desk"), queue.utilization))
        return [(what, looked_at(got), exact) for what, got, exact in rows]

    return read


def looked_at(estimate):
    return type(estimate)(estimate.value[LOOKED_AT], estimate.error[LOOKED_AT], estimate.days)


def endless_patience():
    """erlang_c."""
    hall = long_run(0.4, 3, Visit(exponential(5.0)), 2000.0, limits=(2.0, 8.0))
    return hall, 8400, against(erlang_c(3, 0.4, 0.2), (2.0, 8.0))


def patience():
    """erlang_a, in overload."""
    hall = long_run(0.9, 4, Visit(exponential(5.0), patience=exponential(12.0)), 2000.0, limits=(3.0,))
    return hall, 660, against(erlang_a(4, 0.9, 0.2, 1 / 12), (3.0,), abandonment=True)


def waiting_room():
    """erlang_c with a capacity."""
    hall = long_run(0.9, 4, Visit(exponential(5.0)), 2000.0, limits=(3.0,), capacity=8)
    return hall, 400, against(erlang_c(4, 0.9, 0.2, capacity=8), (3.0,), abandonment=True)


def waiting_room_and_patience():
    """erlang_a with a capacity."""
    hall = long_run(0.9, 4, Visit(exponential(5.0), patience=exponential(12.0)), 2000.0, limits=(3.0,), capacity=7)
    return hall, 340, against(erlang_a(4, 0.9, 0.2, 1 / 12, capacity=7), (3.0,), abandonment=True)


def no_waiting_room():
    """erlang_b, whatever the distribution of service."""
    hall = long_run(1.0, 6, Visit(Distribution.lognormal(5.0, 2.0)), 2000.0, capacity=6)
    lost = erlang_b(6, 5.0)

    def read(estimate):
        at = estimate.measures("desk", by_period=True)
        return [
            ("share lost", looked_at(at.abandonment), lost),
            ("share busy", looked_at(estimate.utilization("desk")), 5.0 * (1 - lost) / 6),
        ]

    return hall, 370, read


def constant_service():
    """deterministic_service."""
    hall = long_run(0.42, 3, Visit(Distribution.constant(5.0)), 2000.0, limits=(1.0, 4.0))
    return hall, 4100, against(deterministic_service(3, 0.42, 0.2), (1.0, 4.0))


def two_stages_of_service():
    """phase_type_service."""
    hall = long_run(0.26, 2, Visit(gamma(5.0, 0.5)), 2000.0, limits=(2.0,))
    return hall, 6300, against(phase_type_service(2, 0.26, erlang_mixture(5.0, 0.5)), (2.0,))


def two_kinds_of_service():
    """phase_type_service."""
    hall = long_run(0.22, 2, Visit(balanced(5.0, 2.0)), 2000.0, limits=(2.0,))
    return hall, 17000, against(phase_type_service(2, 0.22, hyperexponential(5.0, 2.0)), (2.0,))


def two_kinds_of_service_and_patience():
    """phase_type_service with patience."""
    hall = long_run(0.6, 3, Visit(balanced(5.0, 2.0), patience=exponential(20.0)), 2000.0, limits=(4.0,))
    queue = phase_type_service(3, 0.6, hyperexponential(5.0, 2.0), 1 / 20)
    return hall, 1600, against(queue, (4.0,), abandonment=True)


def lognormal_service():
    """Pollaczek and Khinchine, which general_service is for one server and endless patience."""
    hall = long_run(0.12, 1, Visit(Distribution.lognormal(5.0, 0.8)), 2000.0)
    return hall, 12000, against(general_service(1, 0.12, 0.2, 0.8))


def extras():
    """Pollaczek and Khinchine of a sum: 3 + .4 X has mean 4.2, and variance 9 + .4 · 18 - 1.2²."""
    visit = Visit(exponential(3.0), extras=((0.4, exponential(3.0)),))
    hall = long_run(1 / 7, 1, visit, 2000.0)
    return hall, 8700, against(general_service(1, 1 / 7, 1 / 4.2, (9 + 0.4 * 18 - 1.2**2) / 4.2**2))


def balking():
    """balking_queue."""
    visit = Visit(exponential(5.0), balking=0.5, patience=exponential(15.0))
    hall = long_run(1.0, 4, visit, 2000.0, limits=(3.0,))
    queue = balking_queue(4, 1.0, 0.2, [0.5 ** (w / 10) for w in range(200)], 1 / 15)
    return hall, 370, against(queue, (3.0,), abandonment=True)


def breakdowns():
    """breakdown_queue."""
    hall = long_run(0.22, 2, Visit(exponential(5.0)), 2000.0, failure_rate=0.02, repair=exponential(6.0))
    queue = breakdown_queue(2, 0.22, 0.2, 0.02, 1 / 6)
    return hall, 9200, against(queue)


def breakdowns_and_patience():
    """breakdown_queue with patience: who was interrupted may give up too, and is then neither served nor late."""
    visit = Visit(exponential(5.0), patience=exponential(12.0))
    hall = long_run(0.5, 3, visit, 2000.0, failure_rate=0.05, repair=exponential(6.0))
    queue = breakdown_queue(3, 0.5, 0.2, 0.05, 1 / 6, abandonment_rate=1 / 12)
    return hall, 730, against(queue, abandonment=True)


def stages():
    """tandem: in Jackson's network each station is M/M/c."""
    names, servers, means = ("greeter", "desk", "cash"), (1, 2, 2), (0.75, 1.7, 1.6)
    stations = tuple(Station(name, ((0.0, n),)) for name, n in zip(names, servers, strict=True))
    visits = {name: Visit(exponential(mean)) for name, mean in zip(names, means, strict=True)}
    hall = Hall(2000.0, stations, (CustomerClass("all", (0.7, 0.7, 0.0), names, visits),))
    queues = tandem(servers, 0.7, [1 / mean for mean in means])

    def read(estimate):
        return [
            (f"mean wait at {name}", looked_at(estimate.measures(name, by_period=True).mean_wait), queue.mean_wait)
            for name, queue in zip(names, queues, strict=True)
        ]

    return hall, 3000, read


MODELS = (
    endless_patience, patience, waiting_room, waiting_room_and_patience, no_waiting_room, constant_service,
    two_stages_of_service, two_kinds_of_service, two_kinds_of_service_and_patience, lognormal_service, extras, balking,
    breakdowns, breakdowns_and_patience, stages,
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
