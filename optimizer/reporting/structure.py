"""Results as plain structures of lists, names and numbers, for JSON."""

from typing import Any

from optimizer.evaluation import ChannelDay, DayEvaluation, Evaluation, Promise
from optimizer.optimization import Result
from optimizer.problem import Branch


def result_structure(branch: Branch, result: Result, today: Evaluation | None) -> dict[str, Any]:
    """A search's result; money in yuan a quarter, times in minutes."""
    evaluation = result.evaluation
    judged = {} if evaluation is None else evaluation_structure(branch, evaluation)
    return {
        "status": result.status.value,
        "cost": judged.get("cost"),
        "bound": result.bound,
        "gap": result.gap,
        "certified": result.certified,
        "uncertified_roles": list(result.uncertified_roles),
        "ended_by": result.ending.value,
        "policy": judged.get("policy"),
        "costs": judged.get("costs"),
        "undecided_cost": judged.get("undecided_cost"),
        "performance": judged.get("performance"),
        "promises": judged.get("promises"),
        "broken_rules": judged.get("broken_rules"),
        "warnings": judged.get("warnings"),
        "conflict": list(result.conflict),
        "regimes": result.regimes,
        "regimes_solved": result.regimes_solved,
        "today": None if today is None else evaluation_structure(branch, today),
    }


def evaluation_structure(branch: Branch, evaluation: Evaluation) -> dict[str, Any]:
    """A judged policy; money in yuan a quarter, times in minutes."""
    return {
        "status": "feasible" if evaluation.feasible else "broken",
        "cost": evaluation.cost,
        "undecided_cost": evaluation.undecided_cost,
        "costs": evaluation.costs,
        "policy": evaluation.policy.model_dump(mode="json", exclude_none=True),
        "performance": {name: _day(branch, name, day) for name, day in evaluation.days.items()},
        "promises": [_promise(branch, promise) for promise in evaluation.promises],
        "broken_rules": list(evaluation.broken_rules),
        "warnings": list(evaluation.unevaluated),
    }


def _day(branch: Branch, day_type: str, day: DayEvaluation) -> dict[str, Any]:
    return {
        "days": branch.day_types[day_type].days,
        "starts": [branch.clock(day_type, t) for t in range(branch.periods(day_type))],
        "costs_per_day": day.costs,
        "channels": {name: _channel(channel) for name, channel in day.channels.items()},
    }


def _channel(channel: ChannelDay) -> dict[str, Any]:
    measures, limits = channel.measures, channel.demand.limits
    return {
        "servers": list(channel.servers),
        "arrivals": channel.demand.arrivals.tolist(),
        "mean_wait": channel.mean_wait,
        "abandonment": channel.abandonment,
        "utilization": channel.utilization,
        "service_level": {f"{limit:g}": channel.service_level(limit) for limit in limits},
        "ranks": [_rank(channel, index) for index in range(len(channel.ranks))],
        "additions": channel.additions,
        "overtime": measures.overtime,
        "left_at_closing": measures.left_at_closing,
        "by_period": {
            "mean_wait": measures.mean_wait.tolist(),
            "mean_waiting": measures.mean_waiting.tolist(),
            "utilization": measures.utilization.tolist(),
            "abandoned": measures.abandoned.tolist(),
            "turned_away": measures.blocked.tolist(),
            "service_level": {f"{limit:g}": measures.service_level[i].tolist() for i, limit in enumerate(limits)},
        },
    }


def _rank(channel: ChannelDay, index: int) -> dict[str, Any]:
    """Those called in one order: their tiers, and what the day is for them."""
    day = channel.ranks[index]
    customers = float(day.arrivals.sum())
    lost = float(day.abandoned.sum() + day.blocked.sum())
    served = [float(level @ day.arrivals) for level in day.service_level]
    return {
        "tiers": list(channel.demand.ranks[index].tiers),
        "customers": customers,
        "mean_wait": (float(day.waiting.sum()) + day.waiting_after_closing) / customers if customers else None,
        "abandonment": lost / customers if customers else None,
        "service_level": {
            f"{limit:g}": value / customers if customers else None
            for limit, value in zip(channel.demand.limits, served, strict=True)
        },
    }


def _promise(branch: Branch, promise: Promise) -> dict[str, Any]:
    at = promise.day_type is not None and promise.period is not None
    return {
        "name": promise.name,
        "sentence": promise.sentence,
        "day_type": promise.day_type,
        "start": branch.clock(promise.day_type or "", promise.period or 0) if at else None,
        "limit": promise.limit,
        "value": promise.value,
        "met": promise.met,
    }
