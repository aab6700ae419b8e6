"""Priority where no exact method fits."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from benchmarks.accuracy.simulation import RuledDay
from benchmarks.accuracy.tables import Table, near, signed, spread
from optimizer.queues import priority_approximation, priority_day, priority_queue

HIGH_SHARES = (0.2, 0.5)
LOADS = (0.5, 0.7, 0.9)


def long_run() -> Iterator[Table]:
    """Two tiers of different service rates, or different patience."""
    rows = []
    for ratio in (0.25, 0.5, 0.8, 1.25, 2.0, 4.0):
        cells = []
        for load in LOADS:
            errors: tuple[list[float], list[float]] = ([], [])
            for c, share in product((1, 2, 4, 8), HIGH_SHARES):
                services = np.array([1 / ratio, 1.0])
                arrivals = np.array([share, 1 - share])
                arrivals = arrivals * load * c / (arrivals / services).sum()
                exact = priority_queue(c, arrivals, services)
                if not exact.total.exact:
                    continue
                for tier, quick, true in zip(
                    errors, priority_approximation(c, arrivals, services).tiers, exact.tiers, strict=True
                ):
                    tier.append(quick.mean_wait / true.mean_wait - 1)
            cells += [spread(errors[0]), spread(errors[1])]
        rows.append([f"{ratio:g}", *cells])
    yield Table(
        "`priority_approximation`, service rates that differ",
        "Error of the mean wait, per cent, against the exact chain of `priority_queue`, by the mean service of the "
        "high tier over that of the low one; c = 1, 2, 4 and 8 where the chain fits, and 20 or 50 % of customers in "
        "the high tier; nobody gives up.",
        ["mean services", *(f"ρ = {load:g}, {tier}" for load in LOADS for tier in ("high", "low"))],
        rows,
    )
    loads = (0.8, 1.0, 1.2)
    rows = []
    for ratio in (0.25, 0.5, 2.0, 4.0):
        cells = []
        for load in loads:
            waits: tuple[list[float], list[float]] = ([], [])
            levels: list[float] = []
            for c, share in product((2, 6), HIGH_SHARES):
                arrivals, etas = load * c * np.array([share, 1 - share]), (1 / 8 / ratio, 1 / 8)
                exact = priority_queue(c, arrivals, 1.0, etas)
                quick = priority_approximation(c, arrivals, 1.0, etas)
                if not exact.total.exact:
                    continue
                for k in (0, 1):
                    waits[k].append(quick.tiers[k].mean_wait / exact.tiers[k].mean_wait - 1)
                    levels += [quick.tiers[k].service_level(x) - exact.tiers[k].service_level(x) for x in (0.5, 2.0)]
            cells += [spread(waits[0]), spread(waits[1]), spread(levels)]
        rows.append([f"{ratio:g}", *cells])
    yield Table(
        "`priority_approximation`, patience that differs",
        "Error of the mean wait, per cent, and of the share served within a half and two services (points, both "
        "tiers), against the exact chain of `priority_queue`, by the patience of the high tier over that of the low "
        "one, which is 8 services; c = 2 and 6 where the chain fits, 20 or 50 % of customers in the high tier, one "
        "service rate.",
        ["patience", *(f"ρ = {load:g}, {x}" for load in loads for x in ("high", "low", "levels"))],
        rows,
    )


def balking_day() -> Iterator[Table]:
    """The service level of the low class when the high one turns away from a long line."""
    rows = []
    for name, joining in (
        ("9 in 10 join at 1 waiting, falling to 1 in 2 at 5", [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]),
        ("half join from 2 waiting on", [1.0, 1.0, 0.5]),
        ("nobody joins from 4 waiting on", [1.0, 1.0, 1.0, 1.0, 0.0]),
    ):
        for servers in ([2, 2, 2, 2], [3, 4, 3, 2]):
            rates = np.array([[0.12, 0.2, 0.16, 0.1], [0.25, 0.4, 0.3, 0.2]]) * np.mean(servers) / 2.5
            etas, limits, period = (0.0, 0.05), (3.0, 8.0), 20.0
            room = priority_day(rates, servers, 0.2, etas, period=period, limits=limits, joining=joining)
            seen, half = RuledDay(
                rates, servers, period, (0.2, 0.2), abandonment_rates=etas, joining=(joining, joining), limits=limits
            ).levels(400_000, seed=5)
            errors = 100 * (room.service_level - seen)
            if abs(errors[0]).max() > 100 * 1.5 * half[0].max():
                raise ValueError(f"errors: {errors[0]}: the high class's levels are exact")
            low = errors[1]
            worst = float(np.abs(low).max())
            rows.append([
                name, " ".join(map(str, servers)), near(f"{signed(low.min())} to {signed(low.max())}", worst),
                signed(float(low.mean())), f"± {100 * half[1].max():.2f}",
            ])  # fmt: skip
    yield Table(
        "`priority_day`, service level of the low class with balking",
        "Error in points of the share served within 3 and 8 minutes, by period of 20 minutes, against simulation of "
        "400,000 days, with the half width of its 99 % confidence interval. Both classes balk; low customers have "
        "patience of 20 minutes; services of 5. All else of `priority_day` is exact.",
        ["joining, by the number waiting", "servers", "least to greatest error", "mean error", "simulation"],
        rows,
    )


TABLES = {"priority": long_run, "priority-balking": balking_day}
