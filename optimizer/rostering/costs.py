"""What a roster costs: defined here only. Knows no solver; the solver's objective must equal it."""

from collections import Counter

from optimizer.rostering.legality import weekends
from optimizer.rostering.pay import Minutes, Worked, worked
from optimizer.rostering.problem import Fairness, Pay, Request, Roster, RosterCosts, RosterProblem

PAY = ("guaranteed", "ordinary", "overtime", "rest_day", "holiday")
"""Kinds of pay, as `RosterCosts` names them."""


def roster_costs(problem: RosterProblem, roster: Roster) -> RosterCosts:
    """Pay, options of the days, people missing and too many, wishes not granted, and unfairness [yuan].

    Fairness costs its price times (most - least) among its people; overtime is counted in hours, all kinds of it.
    """
    minutes = {name: worked(problem, name, roster) for name in problem.people}
    paid = [paid_for(person.pay, minutes[name].total) for name, person in problem.people.items()]
    options, under, over = _days(problem, roster)
    return RosterCosts(
        **{kind: float(sum(each[kind] for each in paid)) for kind in PAY},
        options=options,
        under=under,
        over=over,
        requests=float(sum(request.price for request in problem.requests if not granted(request, roster))),
        fairness=float(sum(_unfairness(problem, roster, fairness, minutes) for fairness in problem.fairness)),
    )


def paid_for(pay: Pay, minutes: Minutes) -> dict[str, float]:
    """What one person is paid for the minutes worked, by kind [yuan]."""
    return {
        "guaranteed": pay.guaranteed,
        "ordinary": pay.ordinary * minutes.ordinary,
        "overtime": pay.overtime * (minutes.overtime_of_day + minutes.overtime_of_horizon),
        "rest_day": pay.rest_day * minutes.rest_day,
        "holiday": pay.holiday * minutes.holiday,
    }


def weekends_worked(problem: RosterProblem, roster: Roster, name: str) -> int:
    """Weekends on one of whose days a person works."""
    return sum(any((name, d) in roster.shifts for d in inside) for inside in weekends(problem))


def granted(request: Request, roster: Roster) -> bool:
    """Whether a wish is granted."""
    kind = roster.shifts.get((request.person, request.day))
    works = kind is not None and (request.kinds is None or kind in request.kinds)
    return works == request.wanted


def counted(problem: RosterProblem, roster: Roster, fairness: Fairness, minutes: dict[str, Worked]) -> dict[str, float]:
    """What fairness counts, by person: weekends with work, late shifts, or hours of overtime."""
    if fairness.counted == "overtime":
        return {name: minutes[name].total.overtime / 60 for name in fairness.people}
    if fairness.counted == "late":
        late = Counter(name for (name, _), kind in roster.shifts.items() if problem.kinds[kind].late)
        return {name: late[name] for name in fairness.people}
    return {name: weekends_worked(problem, roster, name) for name in fairness.people}


def _unfairness(problem: RosterProblem, roster: Roster, fairness: Fairness, minutes: dict[str, Worked]) -> float:
    counts = counted(problem, roster, fairness, minutes).values()
    return fairness.price * (max(counts) - min(counts)) if counts else 0.0


def _days(problem: RosterProblem, roster: Roster) -> tuple[float, float, float]:
    """Costs of the options chosen, of people missing, and of people too many."""
    options = under = over = 0.0
    present = Counter((d, kind) for (_, d), kind in roster.shifts.items())
    for d, (chosen, day) in enumerate(zip(roster.options, problem.days, strict=True)):
        if chosen is None:
            continue
        options += day.options[chosen].cost
        for kind, need in day.options[chosen].needs.items():
            have = present[d, kind]
            under += need.under * max(0, need.people - have)
            over += (need.over or 0.0) * max(0, have - need.people)
    return options, under, over
