"""What an hour of people is worth whose salaries are paid anyway, and the bound that follows.

Salaries of people who are there are no decision: an hour that they have left costs nothing, one that they have not is
overtime. The policy is therefore chosen at a labour price μ between the two, for the wages count μ times.
"""

from collections import Counter
from collections.abc import Mapping

from optimizer.optimization.ladder import Ladder
from optimizer.problem import Branch, RosterRules, Staff
from optimizer.rostering import CalendarDay
from optimizer.rostering.contracts import Terms, pay_of

SPARE, MOST = 0.02, 1.0
"""Labour prices that a policy is chosen at: where more hours are there than any plan uses, and where none is left."""


def priced(branch: Branch, price: float) -> Branch:
    """The branch with wages counted ``price`` times; work after closing costs what it did."""
    skills = {name: skill.replace(wage=price * skill.wage) for name, skill in branch.skills.items()}
    return branch.replace(skills=skills, overtime_multiplier=branch.overtime_multiplier / price)


def by_contract(branch: Branch, rules: RosterRules) -> Branch:
    """The branch whose hours cost no more than what a contract pays for them.

    A salary pays a short shift by its hours, without the premium of part time: where a salaried contract permits short
    shifts, the premium is no bound on what they cost, and is left out.
    """
    if not any(contract.paid == "salary" and contract.shifts != "long" for contract in rules.contracts.values()):
        return branch
    skills = {
        name: skill.replace(shifts=skill.shifts.replace(part_time_premium=0.0)) for name, skill in branch.skills.items()
    }
    return branch.replace(skills=skills)


def with_staff(branch: Branch, staff: Staff) -> Branch:
    """The branch whose staff list has these people, each by the dearest skill."""
    heads = Counter(
        max(employee.skills, key=lambda name: branch.skills[name].wage) for employee in staff.people.values()
    )
    skills = {
        name: skill.replace(available=dict.fromkeys(branch.day_types, heads[name]))
        for name, skill in branch.skills.items()
    }
    return branch.replace(skills=skills)


def labour_price(
    branch: Branch, rules: RosterRules, staff: Staff, calendar: tuple[CalendarDay, ...], ladders: Mapping[str, Ladder]
) -> float:
    """The lowest price at which the people's hours are enough for the plans that are best then.

    Where they are enough at the lowest price of the ladders, more hours are there than any plan is worth.

    Args:
        branch: The branch of the quarter.
        rules: Law and contracts.
        staff: Its people.
        calendar: Every date.
        ladders: Plans by day type at each labour price.
    """
    salaried = capacity(branch, rules, staff, calendar)
    prices = {rung.labour_price for ladder in ladders.values() for rung in ladder.points}
    for price in sorted(price for price in prices if price < MOST):
        rungs = {name: next(r for r in ladder.points if r.labour_price == price) for name, ladder in ladders.items()}
        if sum(branch.day_types[name].days * rung.people_cost for name, rung in rungs.items()) <= salaried:
            return SPARE if price == min(prices) else price
    return MOST


def capacity(branch: Branch, rules: RosterRules, staff: Staff, calendar: tuple[CalendarDay, ...]) -> float:
    """What the hours that salaries pay would cost by the hour, with those paid for being away [yuan]."""
    working = [day.date for day in calendar if day.working]
    total = 0.0
    for employee in staff.people.values():
        terms = Terms.of(branch, rules, employee.skills, employee.contract, employee.hours)
        away = [leave for leave in staff.leave if leave.person == employee.name]
        days = sum(any(leave.first <= day <= leave.last for leave in away) for day in working)
        normal = pay_of(terms, rules, len(working), days).normal
        if terms.contract.paid == "salary" and normal is not None:
            total += normal / 60 * terms.skill.wage * terms.skill.paid_factor()
    return total


def bound_with_salaries(bound: float, price: float, salaries: float, salaried: float) -> float:
    """Least cost of a quarter whose salaries are paid anyway, from the least cost at a labour price.

    Hours beyond the salaried ones are overtime or paid by the hour, and cost their wage at least, which is no less than
    the labour price: so the cost is no less than the salaries, and the least cost at that price, less the salaried
    hours at that price.

    Args:
        bound: Proven least cost at the labour price [yuan a quarter].
        price: The labour price, at most 1.
        salaries: Paid in any case [yuan a quarter].
        salaried: Their hours by the hour, as `capacity` has them [yuan].
    """
    return salaries + bound - price * salaried
