"""Rules by queue length: the shortcut, and the service level of a day when the share of long services varies."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from benchmarks.accuracy.simulation import RuledDay
from benchmarks.accuracy.tables import Table, near, signed, spread
from optimizer.queues import service_rules_day, service_rules_queue, service_rules_shortcut

RATIOS = (1.1, 1.25, 1.5, 2.0)
"""Long service over short one."""
SWITCHES = (1, 2, 4, 7)
"""Number waiting from which the rule changes."""


def shortcut() -> Iterator[Table]:
    """μ by the number waiting, against the state that remembers."""
    rows = []
    for few, (name, loads) in product((True, False), (("busy", (0.9, 0.95)), ("quiet", (0.6, 0.75)))):
        cells = []
        for ratio in RATIOS:
            errors = []
            for c, switch, load in product((1, 2, 4, 8), SWITCHES, loads):
                share = [1.0] * switch + [0.0] if few else [0.0] * switch + [1.0]
                given = (c, load * c / (1.0 if few else ratio), (1.0, 1 / ratio), share)
                errors.append(service_rules_shortcut(*given).mean_wait / service_rules_queue(*given).mean_wait - 1)
            cells.append(spread(errors))
        when = "few wait (a form at the window)" if few else "many wait"
        rows.append([f"long while {when}", f"{name}, ρ = {loads[0]:g} and {loads[1]:g}", *cells])
    yield Table(
        "`service_rules_shortcut`",
        "Error of the mean wait, per cent, against `service_rules_queue`; c = 1, 2, 4, 8, the rule changes at 1, 2, "
        "4 or 7 waiting, nobody gives up; ρ where the line is long.",
        ["services", "load", *(f"long {ratio:g} × short" for ratio in RATIOS)],
        rows,
    )


def levels() -> Iterator[Table]:
    """The mean share of a period in place of what follows each customer."""
    rows = []
    peak = np.array([0.5, 0.9, 1.1, 0.7])
    for name, share in (
        ("long below 1 waiting", [1.0, 0.0]),
        ("long below 3 waiting", [1.0, 1.0, 1.0, 0.0]),
        ("60 % long below 2 waiting, then 20 %", [0.6, 0.6, 0.2]),
        ("long from 2 waiting on", [0.0, 0.0, 1.0]),
    ):
        for servers, long_rate in product(([2, 2, 2, 2], [4, 5, 4, 3]), (0.2, 0.1)):
            rates, limits, period = peak * np.mean(servers) * 0.22, (3.0, 8.0), 20.0
            room = service_rules_day(rates, servers, (0.3, long_rate), share, 0.02, period=period, limits=limits)
            seen, half = RuledDay(
                [rates], servers, period, (0.3, long_rate), share, (0.02, 0.0), ((1.0,),), limits
            ).levels(300_000, seed=6)
            errors = 100 * (room.service_level - seen[0])
            rows.append([
                name, " ".join(map(str, servers)), f"{0.3 / long_rate:g} × short",
                near(f"{signed(errors.min())} to {signed(errors.max())}", float(np.abs(errors).max())),
                f"± {100 * half.max():.2f}",
            ])  # fmt: skip
    yield Table(
        "`service_rules_day`, service level where the share varies",
        "Error in points of the share served within 3 and 8 minutes, by period of 20 minutes, against simulation of "
        "300,000 days, with the half width of its 99 % confidence interval. Short services of 3.3 minutes, patience "
        "of 50, a peak of 1.1 times what short services could do. All else of `service_rules_day` is exact.",
        ["rule", "servers", "long services", "least to greatest error", "simulation"],
        rows,
    )


TABLES = {"rules-shortcut": shortcut, "rules-day": levels}
