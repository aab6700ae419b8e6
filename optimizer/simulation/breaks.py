"""Short breaks: who is away from which place, and when."""

from optimizer.problem import Assignment, Branch, Policy

Steps = tuple[tuple[float, int], ...]
"""Moments from opening [minutes] and the servers from then on."""


def staffed(branch: Branch, policy: Policy, day_type: str) -> dict[str, Steps]:
    """Servers of every window role and of the greeter, less those whose people are on a short break.

    A window is closed only if nobody on duty can take the place: it is lost where most are open. The breaks of a shift
    are spread over it evenly, those of colleagues one after the other, and none falls into a meal.
    """
    plan, opening = policy.days[day_type], branch.hours(day_type).open
    moments = {float(t * branch.period) for t in range(branch.periods(day_type))}
    away: list[tuple[str, float, float]] = []
    for assignment in plan.shifts:
        away += _breaks(branch, assignment, opening)
    moments |= {moment for _, begin, end in away for moment in (begin, end) if 0 < moment < _closing(branch, day_type)}
    steps: dict[str, list[tuple[float, int]]] = {}
    for moment in sorted(moments):
        period = int(moment / branch.period)
        need = {name: levels[period] for name, levels in plan.windows.items() if name in branch.roles}
        if branch.greeter is not None:
            need[branch.greeter[0]] = policy.greeters
        gone = {skill: sum(s == skill and b <= moment < e for s, b, e in away) for skill in branch.skills}
        if any(gone.values()):
            begin = opening + period * branch.period
            duty = dict.fromkeys(branch.skills, 0)
            for a in plan.shifts:
                duty[a.skill] += a.people * a.shift.works(begin, begin + branch.period)
            need = _filled(branch, need, {skill: max(0, duty[skill] - gone[skill]) for skill in duty})
        for name, servers in need.items():
            known = steps.setdefault(name, [])
            if not known or known[-1][1] != servers:
                known.append((moment, servers))
    return {name: tuple(known) for name, known in steps.items()}


def _closing(branch: Branch, day_type: str) -> int:
    return branch.periods(day_type) * branch.period


def _breaks(branch: Branch, a: Assignment, opening: int) -> list[tuple[str, float, float]]:
    """Skill, begin and end of every short break of the people on a shift [minutes from opening]."""
    rules, shift = branch.skills[a.skill].shifts, a.shift
    found = []
    for person in range(a.people):
        for index in range(rules.short_breaks):
            middle = shift.start + (index + 1) * (shift.end - shift.start) / (rules.short_breaks + 1)
            begin = middle + (person - a.people / 2) * rules.short_break_minutes
            begin = min(max(begin, shift.start), shift.end - rules.short_break_minutes)
            meal = shift.meal_start, shift.meal_end
            if meal[0] is not None and meal[1] is not None and meal[0] - rules.short_break_minutes < begin < meal[1]:
                begin = float(meal[1])
            found.append((a.skill, begin - opening, begin - opening + rules.short_break_minutes))
    return found


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
