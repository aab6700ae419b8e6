"""Stages in a row: what leaves one, and how long the next one's customers wait."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.accuracy.chains import day, departures, mean_wait
from benchmarks.accuracy.tables import Table, spread
from benchmarks.baseline import CASES
from optimizer.queues import departure_scv, phase_type_fit, tandem
from optimizer.queues.transient.tandem import Stage, tandem_day

PUBLISHED = Path(__file__).parents[2] / "tests" / "reference" / "stages.json"
SCVS = (0.5, 2.0, 4.0)
USES = (0.5, 0.7, 0.85)


def rows_of_stages() -> Iterator[Table]:
    """Departures of the first stage, the wait of the second, and a published row of nine."""
    firsts = {
        (c, scv, use): departures(c, c * use, phase_type_fit(1.0, scv), c + int(14 * (1 + scv) / 2 / (1 - use)))
        for c, scv, use in product((1, 3), SCVS, USES)
    }
    yield Table(
        "`departure_scv`",
        "Error of the squared coefficient of variation between departures of M/PH/c, per cent, against chains (two "
        "stages for scv .5, balanced hyperexponential for 2 and 4).",
        ["c", "scv", *(f"ρ = {use:g}" for use in USES)],
        [
            [str(c), f"{scv:g}"] + [spread([departure_scv(c, use, scv) / firsts[c, scv, use].scv - 1]) for use in USES]
            for c, scv in product((1, 3), SCVS)
        ],
    )  # fmt: skip
    yield Table(
        "`tandem`, two stages",
        "Error of the mean wait of the second stage, per cent, against chains: Poisson arrivals at a first stage of c "
        "servers and that scv, exponential service at the second of 1 or 2 servers, ρ .5, .7 and .85 each.",
        ["c", "scv", *(f"second ρ = {use:g}" for use in USES)],
        [
            [str(c), f"{scv:g}"] + [
                spread(_second(c, scv, first, second, after, firsts) for first, after in product(USES, (1, 2)))
                for second in USES
            ]
            for c, scv in product((1, 3), SCVS)
        ],
    )  # fmt: skip
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))["tandem"][0]
    services = [1 / mean for mean in published["mean_services"]]
    stages = tandem([1] * 9, published["arrival_rate"], services, arrival_scv=published["arrival_scv"])
    waits = published["recomputed"]
    errors = [stage.mean_wait / wait - 1 for stage, wait in zip(stages, waits, strict=True)]
    yield Table(
        "`tandem`, nine stages",
        "Single servers, exponential service of mean .6, the last .9; arrivals of rate 1 and scv 8. Mean waits of "
        "Whitt and You (2018), by simulation, and those of the function, with its error in per cent.",
        ["stage", *map(str, range(1, 10))],
        [
            ["simulation", *(f"{wait:.3g}" for wait in waits)],
            ["`tandem`", *(f"{stage.mean_wait:.3g}" for stage in stages)],
            ["error", *(spread([error]) for error in errors)],
        ],
    )


def _second(c: int, scv: float, first: float, second: float, after: int, firsts: dict) -> float:
    """Error of the wait at the second stage."""
    service_rate = c * first / (second * after)
    stages = tandem([c, after], c * first, [1.0, service_rate], [scv, 1.0])
    stream = firsts[c, scv, first]
    one_phase = phase_type_fit(1 / service_rate, 1.0)
    return stages[1].mean_wait / mean_wait(after, stream, one_phase) - 1


def days() -> Iterator[Table]:
    """A greeter and the windows behind it, over the four baseline days."""
    loads, crowding = (0.6, 0.8, 1.0, 1.2), (0.85, 1.0)
    rows = []
    for case in CASES:
        rates = np.array(case.arrivals) / 30.0
        for greeters in (1, 2):
            cells = []
            for load in loads:
                windows = [max(1, round(rates.max() * case.mean_service / rho)) for rho in crowding]
                errors = [
                    _day_errors(rates, greeters, greeters * load / rates.max(), count, case.mean_service)
                    for count in windows
                ]
                cells += [spread(day for day, _ in errors), spread(e for _, each in errors for e in each)]
            rows.append([case.name, str(greeters), *cells])
    yield Table(
        "`tandem_day`",
        "1 or 2 greeters, then windows enough for a load of about .85 and 1 per window in the busiest half-hour, "
        "over the four days of `benchmarks/baseline.py`; exponential services, constant servers, until closing. "
        "Error of the windows' waiting, per cent, of the day and of each half-hour with at least a twentieth of it, "
        "against a chain on (at the greeters, at the windows). By the load ρ of the greeters in the busiest "
        "half-hour.",
        ["day", "greeters", *(f"ρ = {load:g}, {span}" for load in loads for span in ("day", "half-hours"))],
        rows,
    )


def _day_errors(
    rates: np.ndarray, greeters: int, meeting: float, windows: int, service: float, period: float = 30.0
) -> tuple[float, list[float]]:
    """Error of the waiting at the windows: of the day, and of the half-hours that matter."""
    count = len(rates)
    stages = [Stage([greeters] * count, 1 / meeting), Stage([windows] * count, 1 / service)]
    _, second = tandem_day(rates, stages, period=period)
    shape = (greeters + 90, windows + 110)
    a, b = np.ogrid[: shape[0], : shape[1]]
    spent, law = day(
        shape,
        lambda t: [
            ((1, 0), rates[t]), ((-1, 1), np.minimum(a, greeters) / meeting),
            ((0, -1), np.minimum(b, windows) / service),
        ],
        count, period,
    )  # fmt: skip
    if max(law[-1].sum(), law[:, -1].sum()) > 1e-7:
        raise ValueError(f"shape: {shape}: expected more room")
    exact = (spent * np.maximum(b - windows, 0)).sum(axis=(1, 2))
    matter = exact > exact.sum() / 20
    return float(second.waiting.sum() / exact.sum() - 1), (second.waiting[matter] / exact[matter] - 1).tolist()


TABLES = {"stages": rows_of_stages, "stages-day": days}
