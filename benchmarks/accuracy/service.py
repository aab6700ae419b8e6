"""General service: corrections by two moments, the slower clock, dead numbers."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np

from benchmarks.accuracy.chains import Stream, day, mean_wait, renewal
from benchmarks.accuracy.simulation import BATCHES, Estimate, Numbers, line
from benchmarks.accuracy.tables import Table, near, signed, spread
from optimizer.queues import (
    StationaryQueue,
    Work,
    allen_cunneen,
    general_service,
    hyperexponential,
    kimura,
    phase_type_fit,
    phase_type_service,
    service_rules_day,
    slowness,
    ticket_queue,
    transient_day,
    whitt,
)  # fmt: skip

SERVERS = (1, 2, 5, 10, 20)
LOADS = (0.5, 0.7, 0.85, 0.95)
SCVS = (0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0)
CUSTOMERS = 8_000_000
"""Of one simulated line."""
FAMILIES = "Erlang mixtures below scv 1, balanced hyperexponential times above"


def _fits(scv: float, servers: int) -> bool:
    """Whether the chain of the fitted service is small enough."""
    return scv >= 0.5 or servers <= 10


def corrections() -> Iterator[Table]:
    """M/G/c without abandonment."""
    truth = {
        (scv, load, c): phase_type_service(c, load * c, phase_type_fit(1.0, scv)).mean_wait
        for scv, load, c in product(SCVS, LOADS, SERVERS)
        if _fits(scv, c)
    }
    for name, model in (("kimura", kimura), ("whitt", whitt), ("allen_cunneen", allen_cunneen)):
        rows = [
            [f"{scv:g}"] + [
                spread(model(c, load * c, 1.0, scv).mean_wait / truth[scv, load, c] - 1
                       for c in SERVERS if _fits(scv, c))
                for load in LOADS
            ]
            for scv in SCVS
        ]  # fmt: skip
        also = "; `general_service` is the same here" if name == "kimura" else ""
        yield Table(
            f"`{name}`, Poisson arrivals, no abandonment",
            f"Error of the mean wait against `phase_type_service` ({FAMILIES}), per cent, over c = "
            f"{', '.join(map(str, SERVERS))} (scv .25: to 10){also}.",
            ["scv", *(f"ρ = {load:g}" for load in LOADS)],
            rows,
        )


def impatience() -> Iterator[Table]:
    """M/G/c+M."""
    scvs, loads, patiences = (0.25, 0.5, 1.5, 2.0, 3.0), (0.6, 0.8, 1.0, 1.2), (2.0, 8.0, 32.0)
    measures: tuple[tuple[str, Callable[[StationaryQueue, StationaryQueue], float]], ...] = (
        ("mean wait", lambda q, x: q.mean_wait / x.mean_wait - 1),
        ("P(W > 0), points", lambda q, x: q.wait_probability - x.wait_probability),
        ("share who give up, points", lambda q, x: q.abandonment - x.abandonment),
        ("served within half a service, points", lambda q, x: q.service_level(0.5) - x.service_level(0.5)),
        ("served within two services, points", lambda q, x: q.service_level(2.0) - x.service_level(2.0)),
    )
    pairs = {
        (scv, load): [
            (general_service(c, load * c, 1.0, scv, abandonment_rate=1 / patience),
             phase_type_service(c, load * c, phase_type_fit(1.0, scv), 1 / patience))
            for c, patience in product(SERVERS, patiences) if _fits(scv, c)
        ]
        for scv, load in product(scvs, loads)
    }  # fmt: skip
    rows = [
        [name, f"{scv:g}", *(spread(error(*pair) for pair in pairs[scv, load]) for load in loads)]
        for name, error in measures
        for scv in scvs
    ]
    yield Table(
        "`general_service`, Poisson arrivals, abandonment",
        f"Error against `phase_type_service` ({FAMILIES}), per cent of the mean wait and points of shares, over c = "
        f"{', '.join(map(str, SERVERS))} (scv .25: to 10) and patience of 2, 8 and 32 mean services.",
        ["measure", "scv", *(f"ρ = {load:g}" for load in loads)],
        rows,
    )


def arrivals() -> Iterator[Table]:
    """G/G/c and G/G/c+M behind renewal arrivals."""
    loads, servers = (0.5, 0.7, 0.85, 0.95), (1, 2, 5, 10)
    variabilities = list(product((0.5, 2.0, 4.0), (0.5, 1.0, 2.0)))

    def streams(arrival_scv: float, rate: float) -> Stream:
        return renewal(phase_type_fit(1 / rate, arrival_scv))

    truth = {
        (ca, cs, load, c): mean_wait(c, streams(ca, load * c), phase_type_fit(1.0, cs))
        for (ca, cs), load, c in product(variabilities, loads, servers)
    }
    for name, model in (("whitt", whitt), ("allen_cunneen", allen_cunneen)):
        also = "; `general_service` is the same here" if name == "whitt" else ""
        yield Table(
            f"`{name}`, renewal arrivals, no abandonment",
            f"Error of the mean wait against chains ({FAMILIES}, for gaps and services), per cent, over c = "
            f"{', '.join(map(str, servers))}{also}.",
            ["arrival scv", "scv", *(f"ρ = {load:g}" for load in loads)],
            [
                [f"{ca:g}", f"{cs:g}"] + [
                    spread(model(c, load * c, 1.0, cs, ca).mean_wait / truth[ca, cs, load, c] - 1 for c in servers)
                    for load in loads
                ]
                for ca, cs in variabilities
            ],
        )  # fmt: skip
    loads, few, patiences = (0.6, 0.8, 1.0, 1.2), (1, 2, 5), (2.0, 8.0, 32.0)
    yield Table(
        "`general_service`, renewal arrivals, abandonment",
        f"Error of the mean wait against chains ({FAMILIES}), per cent, over c = {', '.join(map(str, few))} and "
        "patience of 2, 8 and 32 mean services.",
        ["arrival scv", "scv", *(f"ρ = {load:g}" for load in loads)],
        [
            [f"{ca:g}", f"{cs:g}"] + [
                spread(
                    general_service(c, load * c, 1.0, cs, ca, 1 / patience).mean_wait
                    / mean_wait(c, streams(ca, load * c), phase_type_fit(1.0, cs), 1 / patience) - 1
                    for c, patience in product(few, patiences)
                )
                for load in loads
            ]
            for ca, cs in variabilities
        ],
    )  # fmt: skip


def other_times() -> Iterator[Table]:
    """The same two moments, other distributions."""
    rng = np.random.default_rng(3)
    kinds: tuple[tuple[str, float, Callable[[int], np.ndarray]], ...] = (
        ("uniform, 0 to 2", 1 / 3, lambda n: rng.uniform(0.0, 2.0, n)),
        ("lognormal", 0.5, lambda n: rng.lognormal(-np.log(1.5) / 2, np.sqrt(np.log(1.5)), n)),
        ("lognormal", 1.0, lambda n: rng.lognormal(-np.log(2.0) / 2, np.sqrt(np.log(2.0)), n)),
        ("lognormal", 2.0, lambda n: rng.lognormal(-np.log(3.0) / 2, np.sqrt(np.log(3.0)), n)),
        ("two thirds exponential, the rest constant", 2 / 3,
         lambda n: np.where(rng.random(n) < 2 / 3, rng.exponential(1.0, n), 1.0)),
        ("half of them take .1, half 1.9", 0.81, lambda n: rng.choice([0.1, 1.9], n)),
    )  # fmt: skip
    cases = ((2, 0.8, np.inf), (5, 0.8, np.inf), (5, 0.8, 8.0), (5, 1.1, 8.0))
    rows = []
    for name, scv, draw in kinds:
        cells = []
        for c, load, patience in cases:
            found = _simulated(rng, c, load * c, draw, patience)
            queue = general_service(c, load * c, 1.0, scv, abandonment_rate=1 / patience)
            cells.append(_against(queue.mean_wait, found))
        rows.append([name, f"{scv:.2g}", *cells])
    yield Table(
        "`general_service`, other service times",
        f"Error of the mean wait, per cent, against simulation of {CUSTOMERS / 1e6:g} million customers, ± half width "
        "of its 99 % confidence interval. Poisson arrivals; patience in mean services.",
        ["service time of mean 1", "scv"]
        + [f"c = {c}, ρ = {load:g}" + (f", patience {p:g}" if p < np.inf else "") for c, load, p in cases],
        rows,
    )


def _against(value: float, found: Estimate) -> str:
    error = 100 * (value / found.mean - 1)
    return near(f"{signed(error)} ± {100 * found.precision:.1f}", abs(error))


def _simulated(
    rng: np.random.Generator, servers: int, rate: float, draw: Callable[[int], np.ndarray], patience: float,
    dead: float = 0.0, call_time: float = 0.0,
) -> Estimate:  # fmt: skip
    """Wait of customers, ``dead`` numbers to each."""

    def numbers() -> Numbers:
        count = int(CUSTOMERS / BATCHES * (1 + dead))
        moments = np.cumsum(rng.exponential(1 / (rate * (1 + dead)), count))
        patiences = rng.exponential(patience, count) if patience < np.inf else np.full(count, np.inf)
        return Numbers(moments, draw(count), patiences, rng.random(count) >= dead / (1 + dead))

    return line(servers, numbers, call_time)


def dead_numbers() -> Iterator[Table]:
    """Windows that call every number."""
    rng = np.random.default_rng(4)
    rows = []
    for c, load in ((1, 0.7), (3, 0.8), (8, 0.8), (3, 1.2), (8, 1.2)):
        cells = []
        for dead, call_time, patience in product((0.3,), (0.15, 0.3), (np.inf, 8.0, 32.0)):
            if load > 1 and patience == np.inf:
                cells.append("")
                continue
            found = _simulated(rng, c, load * c, lambda n: rng.exponential(1.0, n), patience, dead, call_time)
            queue = ticket_queue(c, Work(load * c, 1.0, 1.0), dead, call_time, 1 / patience)
            cells.append(_against(queue.mean_wait, found))
        rows.append([str(c), f"{load:g}", *cells])
    yield Table(
        "`ticket_queue`",
        f"Error of the customers' mean wait, per cent, against simulation of {CUSTOMERS / 1e6:g} million customers, ± "
        "half width of its 99 % confidence interval. Three dead numbers to ten customers, exponential service of "
        "mean 1; calls and patience in mean services; ρ without the calls.",
        ["c", "ρ"] + [
            f"calls {call_time:g}, patience {patience:g}".replace("inf", "endless")
            for call_time, patience in product((0.15, 0.3), (np.inf, 8.0, 32.0))
        ],
        rows,
    )  # fmt: skip


def slower_clock() -> Iterator[Table]:
    """One factor whatever servers and load: in the long run, and over a day."""
    scvs, loads, patiences = (0.5, 1.5, 2.0, 3.0), (0.6, 0.8, 0.95, 1.1), (4.0, 8.0, 16.0)
    yield Table(
        "`slowness`, long run",
        f"Error of the mean wait of M/M/c+M by a clock slower by `slowness`, per cent, against `phase_type_service` "
        f"({FAMILIES}), over c = 1, 2, 3, 5, 8 and patience of 4, 8 and 16 mean services.",
        ["scv", *(f"ρ = {load:g}" for load in loads)],
        [
            [f"{scv:g}"] + [
                spread(
                    _slow(c, load * c, scv, 1 / patience)
                    / phase_type_service(c, load * c, phase_type_fit(1.0, scv), 1 / patience).mean_wait - 1
                    for c, patience in product((1, 2, 3, 5, 8), patiences)
                )
                for load in loads
            ]
            for scv in scvs
        ],
    )  # fmt: skip
    shape = np.array([0.5, 0.8, 1.0, 0.7, 0.5, 0.8, 0.9, 0.5])
    peaks, mean, period, limits = (0.7, 0.9, 1.1, 1.3), 5.0, 30.0, [5.0]
    rows = []
    for scv, patience in product((0.5, 2.0, 3.0), (4.0, 16.0, np.inf)):
        for measure in ("wait", "level"):
            cells = []
            for peak in peaks:
                errors = [_day_errors(shape * peak * c / mean, c, mean, scv, patience, period, limits) for c in (2, 4)]
                cells.append(spread(e for error in errors for e in error[measure]))
            name = {"wait": "mean wait of the day", "level": "served within 5 min, points"}[measure]
            rows.append([f"{scv:g}", f"{patience:g}".replace("inf", "endless"), name, *cells])
    yield Table(
        "`slowness`, over a day",
        "Error of `transient_day` by a clock slower by `slowness`, in per cent of the mean wait of the day and "
        "points of the share served within 5 minutes by half-hour, c = 2 and 4, mean service 5 minutes. Day of 8 "
        "half-hours whose loads are .5 .8 1 .7 .5 .8 .9 .5 of the peak ρ. Truth: `service_rules_day` with a constant "
        "share of long services (scv 2 and 3, hyperexponential), a chain on a grid (scv .5, two stages; wait only).",
        ["scv", "patience / service", "measure", *(f"peak ρ = {peak:g}" for peak in peaks)],
        [row for row in rows if not (row[0] == "0.5" and "points" in row[2])],
    )


def _slow(servers: int, rate: float, scv: float, eta: float) -> float:
    """Mean wait by the slower clock; mean service 1."""
    slow = slowness(scv, 1.0, eta, 1.0)
    return general_service(servers, rate / slow, 1 / slow, abandonment_rate=eta).mean_wait


def _day_errors(
    rates: np.ndarray, servers: int, mean: float, scv: float, patience: float, period: float, limits: Sequence[float]
) -> dict[str, list[float]]:
    """Relative error of the day's mean wait, and error of the service level by period."""
    eta = 1 / (patience * mean)
    slow, counts = slowness(scv, 1.0, eta, 1 / mean), [servers] * len(rates)
    quick = transient_day(rates / slow, counts, 1 / mean / slow, eta, period=period, limits=limits)
    if scv > 1:
        service = hyperexponential(mean, scv)
        long_first = sorted(zip(service.ends.tolist(), service.initial, strict=True), reverse=True)
        (short, _), (long, share) = long_first
        true = service_rules_day(rates, counts, (short, long), [share], eta, period=period, limits=limits)
        levels = (quick.service_level[0] - true.service_level[0]).tolist()
        return {"wait": [slow * quick.waiting.sum() / true.waiting.sum() - 1], "level": levels}
    waiting = _two_stage_day(rates, servers, mean, eta, period)
    return {"wait": [slow * quick.waiting.sum() / waiting - 1], "level": [0.0]}


def _two_stage_day(rates: np.ndarray, servers: int, mean: float, eta: float, period: float) -> float:
    """Customer-minutes of waiting until closing, services of two stages: cells (in system, in the second stage)."""
    room = servers + 80 + int(1.5 * np.maximum(rates - servers / mean, 0).sum() * period)
    n, j = np.ogrid[: room + 1, : servers + 1]
    busy, waiting = np.minimum(n, servers), np.maximum(n - servers, 0)
    first, second = 2 / mean * np.maximum(busy - j, 0), 2 / mean * j
    spent, law = day(
        (room + 1, servers + 1),
        lambda t: [((1, 0), rates[t]), ((0, 1), first), ((-1, -1), second), ((-1, 0), eta * waiting)],
        len(rates), period,
    )  # fmt: skip
    if law[-1].sum() > 1e-9:
        raise ValueError(f"room: {room}: expected more")
    return float((spent * waiting).sum())


TABLES: dict[str, Callable[[], Iterator[Table]]] = {
    "corrections": corrections,
    "impatience": impatience,
    "arrivals": arrivals,
    "other-times": other_times,
    "dead-numbers": dead_numbers,
    "slower-clock": slower_clock,
}
