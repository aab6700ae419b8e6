"""Short breaks: who is away from which place, and when."""

from optimizer.problem import Assignment, Branch, DayPlan, Policy, ShiftRules

Steps = tuple[tuple[float, int], ...]
"""Moments from opening [minutes] and the servers from then on."""


def staffed(branch: Branch, policy: Policy, day_type: str) -> dict[str, Steps]:
    """Servers of every window role and of the greeter, less those whose people are on a short break.

    A window is closed only if nobody on duty can take the place: it is lost where most are open. The breaks of a shift
    are spread evenly over the time at work, those of the people on it one after the other, and none falls into a meal.
    """
    plan, opening = policy.days[day_type], branch.hours(day_type).open
    away = [
        (index, begin - opening, end - opening)
        for index, assignment in enumerate(plan.shifts)
        for begin, end in short_breaks(branch.skills[assignment.skill].shifts, assignment)
    ]
    closing = branch.periods(day_type) * branch.period
    moments = {float(moment) for moment in range(0, closing, branch.period)}
    moments |= {moment for _, begin, end in away for moment in (begin, end) if 0 < moment < closing}
    steps: dict[str, list[tuple[float, int]]] = {}
    for moment in sorted(moments):
        period = int(moment / branch.period)
        need = {name: levels[period] for name, levels in plan.windows.items() if name in branch.roles}
        if branch.greeter is not None:
            need[branch.greeter[0]] = policy.greeters
        working = _working(branch, plan, opening + period * branch.period)
        gone = [sum(who == index and b <= moment < e for who, b, e in away) for index in range(len(plan.shifts))]
        if any(gone[index] for index in working):
            people = dict.fromkeys(branch.skills, 0)
            for index, count in working.items():
                people[plan.shifts[index].skill] += max(0, count - gone[index])
            need = _filled(branch, need, people)
        for name, servers in need.items():
            known = steps.setdefault(name, [])
            if not known or known[-1][1] != servers:
                known.append((moment, servers))
    return {name: tuple(known) for name, known in steps.items()}


def short_breaks(rules: ShiftRules, assignment: Assignment) -> list[tuple[float, float]]:
    """Begin and end of every short break of the people on a shift [minutes of the day]."""
    shift, length = assignment.shift, rules.short_break_minutes
    at_work = shift.end - shift.start - shift.meal_minutes
    before_meal = at_work if shift.meal_start is None else shift.meal_start - shift.start
    stretch = at_work / (rules.short_breaks + 1)
    apart = min(length, stretch / assignment.people)
    found = []
    for index in range(rules.short_breaks):
        begin = (index + 1) * stretch - (assignment.people * apart + length - apart) / 2
        for _ in range(assignment.people):
            begin = min(max(begin, 0.0), at_work - length)
            if before_meal - length < begin < before_meal:
                begin = before_meal
            clock = shift.start + begin + (shift.meal_minutes if begin >= before_meal else 0)
            # Where one break ends and the next begins is one moment, whatever sums are rounded to.
            found.append((round(clock, 6), round(clock + length, 6)))
            begin += apart
    return found


def _working(branch: Branch, plan: DayPlan, begin: int) -> dict[int, int]:
    """People on duty throughout a period by the place of their shift in the plan."""
    return {index: a.people for index, a in enumerate(plan.shifts) if a.shift.works(begin, begin + branch.period)}


def _filled(branch: Branch, need: dict[str, int], people: dict[str, int]) -> dict[str, int]:
    """Servers at each place that the people can fill, each at one place they can serve, as evenly as can be."""
    filled, placed = dict.fromkeys(need, 0), {(skill, place): 0 for skill in people for place in need}

    def seat(place: str, seen: set[str]) -> bool:
        """Find somebody for a place, moving others to places that they can serve too."""
        for skill, there in people.items():
            if place not in branch.skills[skill].serves or skill in seen:
                continue
            seen.add(skill)
            if sum(placed[skill, p] for p in need) < there:
                placed[skill, place] += 1
                return True
            for other in need:
                if placed[skill, other] and other != place and seat(other, seen):
                    placed[skill, other] -= 1
                    placed[skill, place] += 1
                    return True
        return False

    waiting = [place for place in need if need[place]]
    while waiting:
        place = min(waiting, key=lambda name: filled[name] / need[name])
        if filled[place] < need[place] and seat(place, set()):
            filled[place] += 1
        else:
            waiting.remove(place)
    return filled
