"""The branch of one quarter: its days counted by the calendar, and day types for each way in which they are staffed."""

from collections import Counter
from collections.abc import Mapping

from optimizer.calibration.quarter import QuarterForecast
from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch, Policy


def branch_of_quarter(forecast: QuarterForecast) -> Branch:
    """The branch with the days of a quarter and the customers that are expected on them.

    A day type that the quarter does not have is left out; the customers of a day type are the mean of its days.

    Raises:
        DataRefused: where the quarter has no open day.
    """
    branch, days = forecast.branch, forecast.forecast.days
    counts = Counter(day.day_type for day in days)
    if not counts:
        raise DataRefused([Fault("calendar", str(forecast.quarter), "no open day", "a day on which the branch opens")])
    sources = {name: (name, counts[name]) for name in branch.day_types if counts[name]}
    given = with_day_types(branch, sources)
    own = {name: [n for n, day in enumerate(days) if day.day_type == name] for name in sources}
    arrivals: dict[str, dict[str, dict[str, tuple[float, ...]]]] = {}
    for name, rows in own.items():
        factors = dict(zip(branch.classes, forecast.factors[rows].mean(axis=0).tolist(), strict=True))
        arrivals[name] = {
            transaction: {tier: tuple(n * factors[transaction, tier] for n in numbers) for tier, numbers in of.items()}
            for transaction, of in branch.arrivals[name].items()
        }
    return given.replace(arrivals=arrivals)


def with_day_types(branch: Branch, sources: Mapping[str, tuple[str, int]]) -> Branch:
    """The branch with other day types: for each new name the day type that it is like, and its number of days.

    Promises and staff lists of a day type hold for those that are like it.
    """
    day_types = {name: branch.day_types[source].replace(days=days) for name, (source, days) in sources.items()}
    skills = {
        name: skill.replace(
            available={
                new: skill.available[source] for new, (source, _) in sources.items() if source in skill.available
            }
        )
        for name, skill in branch.skills.items()
    }
    targets = {}
    for name, target in branch.targets.items():
        named = tuple(new for new, (source, _) in sources.items() if source in target.day_types)
        if named or not target.day_types:
            targets[name] = target.replace(day_types=named)
    arrivals = {name: branch.arrivals[source] for name, (source, _) in sources.items()}
    return branch.replace(day_types=day_types, skills=skills, targets=targets, arrivals=arrivals)


def policy_for(branch: Branch, policy: Policy) -> Policy:
    """The policy on the day types that the branch of the quarter has."""
    return policy.replace(days={name: plan for name, plan in policy.days.items() if name in branch.day_types})
