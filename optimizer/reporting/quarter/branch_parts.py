"""What a quarter says of the branch: calendar, plans for a day, posters, promises."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import exp
from typing import Any

from optimizer.evaluation import ChannelDay, DayEvaluation, Evaluation, Regime
from optimizer.evaluation.diversion import diverted_share, share_up_to
from optimizer.planning.quarter import QuarterPlan, UsedPlan
from optimizer.problem import AmountTable, Branch, Lognormal, format_clock
from optimizer.reporting.forecast import kinds_of
from optimizer.rostering.duties import shortages
from optimizer.rostering.quarter import Duty
from optimizer.simulation import Estimate, HallEstimate
from optimizer.verification import Verdict

BINS = 12
"""Bars of the picture of amounts."""
AMERICAN = re.compile(r"\b(\d{2})/(\d{2})/(\d{4})\b")
"""Dates in the names of days off in exchange for others."""
SPREAD = 2.5
"""Standard deviations of the logarithm of an amount that its picture shows."""


def title_of(plan: QuarterPlan, name: str) -> str:
    """The name of a plan for a day, as people read it: its day type and a letter."""
    for day_type, menu in plan.ground.menus.items():
        if any(option.name == name for option in menu):
            return f"{day_type} {name.removeprefix(day_type + '_').upper()}"
    kind, _, letter = name.rpartition("_")
    return f"{kind} {letter.upper()}"


def plans_by_day(plan: QuarterPlan) -> list[str | None]:
    """Name of the plan of every date; None where the branch is closed."""
    return [
        None if index is None else day.options[index].name
        for day, index in zip(plan.problem.days, plan.roster.options, strict=True)
    ]


def calendar_rows(plan: QuarterPlan, duties: Sequence[Duty]) -> list[dict[str, Any]]:
    """Every date of the quarter."""
    people = Counter(duty.date for duty in duties)
    missing: Counter[Any] = Counter()
    for shortage in shortages(plan.problem, plan.roster):
        missing[shortage.date] += shortage.people
    rows = []
    for day, name in zip(plan.ground.forecast.days(), plans_by_day(plan), strict=True):
        facts, hours = day.facts, None if day.day_type is None else plan.ground.branch.hours(day.day_type)
        rows.append({
            "date": facts.date.isoformat(), "weekday": facts.weekday, "day_type": day.day_type,
            "plan": None if name is None else title_of(plan, name), "kind": list(kinds_of(facts)),
            "holiday": dated(facts.name) or None, "provisional": facts.provisional, "customers": day.customers,
            "open": None if hours is None else format_clock(hours.open),
            "close": None if hours is None else format_clock(hours.close),
            "people": people[facts.date], "uncovered": missing[facts.date],
        })  # fmt: skip
    return rows


def dated(name: str) -> str:
    """The name of a day with its dates as the program writes them: 2026-01-04 for 01/04/2026."""
    return AMERICAN.sub(r"\3-\1-\2", name)


def plan_rows(plan: QuarterPlan) -> Iterator[dict[str, Any]]:
    """The plans for a day that the quarter uses, promised and simulated."""
    for used in plan.used:
        yield _plan(plan, used)


def _plan(plan: QuarterPlan, used: UsedPlan) -> dict[str, Any]:
    branch, evaluated = plan.staffed, plan.evaluation.days[used.name]
    simulated = None if plan.verification is None else plan.verification.simulation.days[used.name]
    wages = evaluated.costs["wages"]
    cost, rung = sum(evaluated.costs.values()), plan.ground.rungs.get(used.name)
    confidence = 0.95 if plan.verification is None else plan.verification.options.confidence
    channels = {name: evaluated.channels.get(name) for name in branch.channels}
    return {
        "name": title_of(plan, used.name), "key": used.name, "day_type": used.day_type, "days": used.days,
        "labour_price": None if rung is None else rung.labour_price,
        "people_cost": wages, "queue_cost": cost - wages, "cost": cost,
        "bound": None if rung is None else rung.bound, "gap": None if rung is None else rung.gap,
        "starts": [branch.clock(used.name, t) for t in range(branch.periods(used.name))], "period": branch.period,
        "windows": {role: list(used.option.plan.windows[role]) for role in branch.roles},
        "shifts": [
            {"skill": a.skill, **a.shift.model_dump(mode="json"), "people": a.people} for a in used.option.plan.shifts
        ],
        "channels": [
            row for name, day in channels.items()
            if (row := _channel(branch, name, day, evaluated.flows.arrivals, simulated, confidence)) is not None
        ],
        "arrivals": door(branch, used.name),
    }  # fmt: skip


def door(branch: Branch, day_type: str) -> list[float]:
    """Customers who enter the branch, by period."""
    classes = [of for tiers in branch.arrivals[day_type].values() for of in tiers.values()]
    return [float(sum(counts)) for counts in zip(*classes, strict=True)]


def _channel(
    branch: Branch, name: str, day: ChannelDay | None, flows: Any, simulated: HallEstimate | None, confidence: float
) -> dict[str, Any] | None:
    kind = branch.channels[name].kind
    if day is None:
        arrivals = flows[:, list(branch.channels).index(name)].sum(axis=0)
        if kind != "remote" or not arrivals.any():
            return None
        nobody = [0.0] * len(arrivals)
        return {
            "name": name, "kind": kind, "customers": float(arrivals.sum()), "mean_wait": 0.0, "abandonment": 0.0,
            "utilization": None, "service_level": {}, "simulated": None,
            "by_period": {"arrivals": arrivals.tolist(), "servers": [0] * len(arrivals), "mean_wait": nobody,
                          "simulated_wait": None, "service_level": {}},
        }  # fmt: skip
    limits = day.demand.limits
    met = simulated if simulated is not None and (name, None, None) in simulated.groups.keys else None
    measures = None if met is None else met.measures(name)
    by_period = None if met is None else met.measures(name, by_period=True)
    return {
        "name": name, "kind": kind, "customers": float(day.demand.arrivals.sum()), "mean_wait": day.mean_wait,
        "abandonment": day.abandonment, "utilization": day.utilization,
        "service_level": {f"{limit:g}": day.service_level(limit) for limit in limits},
        "simulated": None if measures is None else {
            "mean_wait": _interval(measures.mean_wait, confidence),
            "abandonment": _interval(measures.abandonment, confidence),
            "service_level": {
                f"{limit:g}": _interval(level, confidence) for limit, level in measures.service_levels.items()
            },
        },
        "by_period": {
            "arrivals": day.demand.arrivals.tolist(), "servers": list(day.servers),
            "mean_wait": day.measures.mean_wait.tolist(),
            "simulated_wait": None if by_period is None else _intervals(by_period.mean_wait, confidence),
            "service_level": {f"{limit:g}": day.measures.service_level[i].tolist() for i, limit in enumerate(limits)},
        },
    }  # fmt: skip


def _interval(estimate: Estimate, confidence: float) -> dict[str, float]:
    low, high = estimate.interval(confidence)
    return {"value": float(estimate.value), "low": float(low), "high": float(high)}


def _intervals(estimate: Estimate, confidence: float) -> list[dict[str, float]]:
    low, high = estimate.interval(confidence)
    return [
        {"value": float(v), "low": float(a), "high": float(b)}
        for v, a, b in zip(estimate.value, low, high, strict=True)
    ]


def promise_rows(plan: QuarterPlan) -> Iterator[dict[str, Any]]:
    """Every promise on every plan that is used: where it holds least over the periods, promised and simulated."""
    judged = {} if plan.verification is None else {
        (t.promise.name, t.promise.day_type, t.promise.period): t for t in plan.verification.targets
    }  # fmt: skip
    branch, confidence = plan.staffed, 0.95 if plan.verification is None else plan.verification.options.confidence
    worst: dict[tuple[str, str | None], Any] = {}
    for promise in plan.evaluation.promises:
        found = judged.get((promise.name, promise.day_type, promise.period))
        target = branch.targets.get(promise.name)
        least = target is None or target.least is not None
        sign, value = 1.0 if least else -1.0, promise.value if found is None else found.simulated
        margin = sign * (value - promise.limit)
        key = (promise.name, promise.day_type)
        if key not in worst or margin < worst[key][0]:
            worst[key] = (margin, promise, found, least)
    for _, promise, found, least in worst.values():
        half = None if found is None else found.half_width(confidence)
        at = promise.day_type is not None and promise.period is not None
        yield {
            "name": promise.name, "sentence": promise.sentence,
            "plan": None if promise.day_type is None else title_of(plan, promise.day_type),
            "start": branch.clock(promise.day_type, promise.period) if at else None,
            "limit": promise.limit, "least": least, "promised": promise.value,
            "simulated": None if found is None else found.simulated,
            "low": None if found is None else found.simulated - half,
            "high": None if found is None else found.simulated + half,
            "holds": None if found is None else found.verdict is not Verdict.FAILS,
        }  # fmt: skip


def poster_rows(plan: QuarterPlan, today: Evaluation | None) -> Iterator[dict[str, Any]]:
    """Every diversion: its threshold, how amounts are distributed, and whom each threshold sends away."""
    branch, policy = plan.ground.branch, plan.ground.policy
    regime = Regime.of(branch, policy)
    for name, diversion in branch.diversions.items():
        tiers = diversion.tiers or tuple(branch.tiers)
        chosen = policy.thresholds.get(name, 0.0)
        amount = branch.transactions[diversion.transaction].amount
        yield {
            "diversion": name, "transaction": diversion.transaction, "to": diversion.to, "threshold": chosen,
            "thresholds": list(diversion.thresholds), "tiers": list(tiers),
            "today": None if today is None else today.policy.thresholds.get(name, 0.0),
            "amounts": None if amount is None else amounts_of(amount, diversion.thresholds),
            "diverted": [
                _diverted(branch, diversion.transaction, replace(regime, thresholds=_with(regime, name, threshold)))
                for threshold in diversion.thresholds
            ],
            "customers": sum(
                plan.ground.branch.day_types[day_type].days * _away(branch, day, diversion.transaction, tiers)
                for day_type, day in plan.ground.evaluation.days.items()
            ),
        }  # fmt: skip


def _with(regime: Regime, name: str, threshold: float) -> tuple[tuple[str, float], ...]:
    return tuple((n, threshold if n == name else value) for n, value in regime.thresholds)


def _diverted(branch: Branch, transaction: str, regime: Regime) -> float:
    """Share of a transaction's customers who go elsewhere, over the quarter."""
    weights = {
        tier: sum(
            branch.day_types[day_type].days * sum(of.get(transaction, {}).get(tier, ()))
            for day_type, of in branch.arrivals.items()
        )
        for tier in branch.tiers
    }
    away = sum(
        weight * found[1]
        for tier, weight in weights.items() if (found := diverted_share(branch, transaction, tier, regime))
    )  # fmt: skip
    return away / total if (total := sum(weights.values())) > 0 else 0.0


def _away(branch: Branch, day: DayEvaluation, transaction: str, tiers: Sequence[str]) -> float:
    """Customers of a day who go elsewhere, of some tiers of a transaction."""
    counts = zip(branch.classes, day.flows.diverted, strict=True)
    return sum(float(count) for (name, tier), count in counts if name == transaction and tier in tiers)


def amounts_of(amount: Lognormal | AmountTable, thresholds: Sequence[float]) -> dict[str, list[float]]:
    """Shares of the transactions between amounts, the thresholds among them."""
    if isinstance(amount, AmountTable):
        top = max(amount.amounts)
        bottom = max(min(a for a in amount.amounts if a > 0), top / 1000)
    else:
        bottom, top = (exp(amount.log_mean + side * SPREAD * amount.log_sd) for side in (-1, 1))
    scale = [bottom * (top / bottom) ** (n / (BINS - 1)) for n in range(BINS)]
    rounded = {float(f"{edge:.1g}") for edge in scale}
    edges = sorted({0.0, *rounded, *(t for t in thresholds if t > 0)} | {float(f"{scale[-1]:.2g}")})
    below = [share_up_to(amount, edge) for edge in edges]
    return {"edges": edges, "shares": [b - a for a, b in pairwise(below)]}
