"""Daily calls of a bank: the last two weeks of February 1999, forecast from January and the first two of February.

The calls of the Israeli bank's call centre whose data Guedj and Mandelbaum (Technion) made free for use, described in
Brown et al. (2005), Statistical Analysis of a Telephone Call Center, JASA 100. Calls that never asked for anybody
(PHANTOM) are left out; the log has no 11 and 12 January. The model is ``optimizer.calibration.forecast`` as it is,
with no setting chosen by these figures; beside it each day is like the same weekday of the last week known. Run it with
``python -m benchmarks.forecast FOLDER``, where the folder holds ``january.csv.gz`` and ``february.csv.gz``.
"""

import csv
import gzip
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

from optimizer.calibration.back_testing import CONFIDENCES, BackTest, back_test
from optimizer.calibration.calendar import CalendarRules, facts_of_days
from optimizer.calibration.effects import OpenDay
from optimizer.calibration.forecast import fit_days, predict_days, seasonal_naive

FOLDER = Path(__file__).parent.parent.parent / "shared" / "data" / "anonymous_bank_1999"
LAST_KNOWN = date(1999, 2, 14)


def daily_calls(folder: Path) -> tuple[list[OpenDay], list[float]]:
    """Days of the log with their facts, and the calls of each."""
    counts: Counter[date] = Counter()
    for name in ("january", "february"):
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["outcome"] != "PHANTOM":
                    text = row["date"]
                    counts[date(1900 + int(text[:2]), int(text[2:4]), int(text[4:]))] += 1
    facts = facts_of_days(min(counts), max(counts), CalendarRules("IL"))
    days = sorted(counts)
    return [OpenDay(facts[day]) for day in days], [float(counts[day]) for day in days]


def said(test: BackTest) -> str:
    """Errors of both forecasts, a line for each."""
    header = f"{'':<14}{'MAE':>8}{'RMSE':>8}" + "".join(f"{f'in {c:.0%}':>9}" for c in CONFIDENCES)
    lines = [header]
    for name, errors in (("model", test.model), ("seasonal naive", test.naive)):
        shares = "".join(f"{errors.coverage[c]:>9.0%}" for c in CONFIDENCES)
        lines.append(f"{name:<14}{errors.mean_absolute:>8.1f}{errors.root_mean_square:>8.1f}{shares}")
    return "\n".join(lines)


def main(folder: Path = FOLDER) -> None:
    """Print the days, the errors, and what was learnt."""
    if not (folder / "january.csv.gz").exists():
        print(f"no data in {folder}: nothing to measure")
        return
    days, calls = daily_calls(folder)
    begun = time.perf_counter()
    known = [n for n, day in enumerate(days) if day.facts.date <= LAST_KNOWN]
    asked = days[len(known) :]
    model = fit_days(days[: len(known)], calls[: len(known)])
    forecast = predict_days(model, asked)
    dates = [day.facts.date for day in days]
    naive, _ = seasonal_naive(dates[: len(known)], calls[: len(known)], dates[len(known) :])
    low, high = forecast.interval(0.95)
    print(f"{model.days} days to learn from, {model.first} to {model.last}: scv of a day {model.scv.value:.4f} "
          f"(error {model.scv.standard_error:.4f}), correlation of days in a row {model.correlation:.2f}")  # fmt: skip
    print(f"{'date':<12}{'':<11}{'calls':>6}{'model':>7}{'95 %':>14}{'naive':>7}")
    for n, day in enumerate(asked):
        ends = f"{low[n]:.0f}-{high[n]:.0f}"
        print(f"{day.facts.date!s:<12}{day.facts.weekday:<11}{calls[len(known) + n]:>6.0f}"
              f"{forecast.customers[n]:>7.0f}{ends:>14}{naive[n]:>7.0f}")  # fmt: skip
    mean, least, most = forecast.total(0.95)
    print(f"all {len(asked)} days: {sum(calls[len(known) :]):.0f} calls, model {mean:.0f} ({least:.0f}-{most:.0f}), "
          f"naive {naive.sum():.0f}\n")  # fmt: skip
    print(said(back_test(days, calls, first=LAST_KNOWN)))
    every = back_test(days, calls, first=date(1999, 1, 24), horizon=7, step=1)
    print(f"\nOne week ahead from each day from 24 January on, {every.origins} origins, {every.days} days:")
    print(said(every))
    print(f"\n{time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
