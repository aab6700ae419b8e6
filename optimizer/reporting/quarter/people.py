"""What a quarter says of its people: hours, pay, shifts, wishes, leave, fairness."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from optimizer.planning.quarter import QuarterPlan
from optimizer.problem import Staff, format_clock
from optimizer.rostering.costs import counted, granted, paid_for, weekends_worked
from optimizer.rostering.duties import shortages
from optimizer.rostering.pay import Worked, worked
from optimizer.rostering.problem import Person, Request, Roster, RosterProblem
from optimizer.rostering.quarter import Duty


def people_rows(plan: QuarterPlan) -> list[dict[str, Any]]:
    """Everybody: hours of each kind, weekends, late shifts, pay, wishes."""
    problem, roster = plan.problem, plan.roster
    return [_person(plan, problem, roster, person) for person in problem.people.values()]


def wishes_of(problem: RosterProblem) -> list[Request]:
    """What people wish: not that a plan made anew changes little."""
    return [request for request in problem.requests if not request.of_change]


def price_of_changes(problem: RosterProblem, roster: Roster) -> float:
    """What changed days are priced at in a plan made anew [yuan]."""
    changed = (request for request in problem.requests if request.of_change and not granted(request, roster))
    return sum((request.price for request in changed), 0.0)


def _person(plan: QuarterPlan, problem: RosterProblem, roster: Roster, person: Person) -> dict[str, Any]:
    employee, minutes = plan.staff.people[person.name], worked(problem, person.name, roster).total
    pay, days = person.pay, [d for name, d in roster.shifts if name == person.name]
    wishes = [request for request in wishes_of(problem) if request.person == person.name]
    return {
        "name": person.name,
        "skills": list(employee.skills),
        "contract": employee.contract,
        "hired": plan.hiring is not None,
        "contract_hours": None if pay.normal is None else pay.normal / 60,
        "worked_hours": (minutes.ordinary + minutes.overtime) / 60,
        "overtime_hours": (minutes.overtime_of_day + minutes.overtime_of_horizon) / 60,
        "rest_day_hours": minutes.rest_day / 60,
        "holiday_hours": minutes.holiday / 60,
        "days": len(days),
        "weekends": weekends_worked(problem, roster, person.name),
        "late": sum(problem.kinds[roster.shifts[person.name, d]].late for d in days),
        "leave_days": sum(
            any(leave.person == person.name and leave.first <= day.date <= leave.last for leave in plan.staff.leave)
            for day in plan.ground.calendar
        ),
        "pay": sum(paid_for(pay, minutes).values()),
        "wishes_granted": sum(granted(request, roster) for request in wishes),
        "wishes": len(wishes),
    }  # fmt: skip


def duty_rows(duties: Sequence[Duty]) -> list[dict[str, Any]]:
    """Who works when, by date and person."""
    return [
        {
            "date": duty.date.isoformat(), "person": duty.person, "skill": duty.skill,
            "start": format_clock(duty.start), "end": format_clock(duty.end),
            "meal_start": None if duty.meal_start is None else format_clock(duty.meal_start),
            "meal_end": None if duty.meal_end is None else format_clock(duty.meal_end), "hours": duty.minutes / 60,
        }
        for duty in duties
    ]  # fmt: skip


def leave_rows(staff: Staff) -> list[dict[str, Any]]:
    """Who is away, and why."""
    return [
        {"person": away.person, "first": away.first.isoformat(), "last": away.last.isoformat(), "reason": away.reason}
        for away in staff.leave
    ]


def uncovered_rows(plan: QuarterPlan) -> list[dict[str, Any]]:
    """Shifts that nobody covers."""
    return [
        {
            "date": shortage.date.isoformat(), "skill": shortage.skill, "start": format_clock(shortage.start),
            "end": format_clock(shortage.end), "people": shortage.people, "price": shortage.price,
        }
        for shortage in shortages(plan.problem, plan.roster)
    ]  # fmt: skip


def fairness_rows(plan: QuarterPlan) -> Iterator[dict[str, Any]]:
    """How even the roster is among people who do the same work."""
    problem, roster = plan.problem, plan.roster
    minutes: dict[str, Worked] = {name: worked(problem, name, roster) for name in problem.people}
    for fairness in problem.fairness:
        counts = list(counted(problem, roster, fairness, minutes).values())
        if counts:
            yield {
                "group": _group(plan, fairness.people), "counted": fairness.counted, "least": min(counts),
                "most": max(counts), "mean": sum(counts) / len(counts),
            }  # fmt: skip


def _group(plan: QuarterPlan, people: Sequence[str]) -> str:
    kinds = Counter((plan.staff.people[name].skills[0], plan.staff.people[name].contract) for name in people)
    return ", ".join(f"{skill} {contract}" for skill, contract in kinds)


def refused_wish_rows(plan: QuarterPlan) -> Iterator[dict[str, Any]]:
    """Wishes that the roster does not grant."""
    problem, roster = plan.problem, plan.roster
    for request in wishes_of(problem):
        day = problem.days[request.day].date
        if day is not None and not granted(request, roster):
            yield {
                "person": request.person, "date": day.isoformat(), "wish": "on" if request.wanted else "off",
                "kinds": _kinds(problem, request), "price": request.price,
            }  # fmt: skip


def _kinds(problem: RosterProblem, request: Request) -> str:
    if request.kinds is None:
        return "any"
    clocks = {(problem.kinds[name].start or 0, problem.kinds[name].end or 0) for name in request.kinds}
    return ", ".join(f"{format_clock(start)}-{format_clock(end)}" for start, end in sorted(clocks))
