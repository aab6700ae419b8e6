"""What a policy must obey, whatever it costs; each rule yields a sentence for every breach."""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

from optimizer.evaluation.regime import Regime
from optimizer.problem import Branch, DayPlan, Policy, Shift, ShiftRules, format_clock


def offered_choices(branch: Branch, policy: Policy) -> Iterator[str]:
    """Thresholds, greeters, campaign and queue rules are among those the branch may choose."""
    for name, threshold in policy.thresholds.items():
        if name not in branch.diversions:
            yield f"thresholds: {name} is not a diversion of the branch"
        elif threshold not in (0, *branch.diversions[name].thresholds):
            yield f"thresholds: {name} {threshold:g} is not among its thresholds"
    levels = branch.greeter[1].levels if branch.greeter else (0,)
    if policy.greeters not in levels:
        yield f"greeters: {policy.greeters} is not among the levels {', '.join(map(str, levels))}"
    if policy.campaign not in branch.campaigns:
        yield f"campaign: {policy.campaign} is not a campaign of the branch"
    rules = branch.queue_rules
    if policy.form_at_window_below not in (0, *rules.form_at_window_below):
        yield f"form_at_window_below: {policy.form_at_window_below} is not offered"
    if policy.pitch_below not in (0, *rules.pitch_below):
        yield f"pitch_below: {policy.pitch_below} is not offered"
    if policy.calls is not None and policy.calls not in rules.calls:
        yield f"calls: {policy.calls} is not offered"
    if policy.divert_from not in (0, *rules.divert_from):
        yield f"divert_from: {policy.divert_from} is not offered"


def known_names(branch: Branch, policy: Policy) -> Iterator[str]:
    """Every day type has a plan, of known roles and skills, with one number for each period."""
    yield from (f"days: no plan for {name}" for name in branch.day_types if name not in policy.days)
    for name, plan in policy.days.items():
        if name not in branch.day_types:
            yield f"days: {name} is not a day type of the branch"
            continue
        for role, levels in plan.windows.items():
            if role not in branch.roles:
                yield f"{name}: {role} is not a window role"
            elif len(levels) != branch.periods(name):
                yield f"{name}: {role} has {len(levels)} periods, the day has {branch.periods(name)}"
        missing = [role for role in branch.roles if role not in plan.windows]
        yield from (f"{name}: {role} has no windows" for role in missing)
        skills = {a.skill for a in plan.shifts} - set(branch.skills)
        yield from (f"{name}: {skill} is not a skill" for skill in sorted(skills))


def physical_windows(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """No more windows are open than exist."""
    for t in range(branch.periods(day_type)):
        if (used := sum(levels[t] for levels in plan.windows.values())) > branch.windows:
            yield f"{_at(branch, day_type, t)}: {used} windows open, {branch.windows} exist"


def role_levels(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """Each role keeps between its least and most windows."""
    for name, role in branch.roles.items():
        for t, level in enumerate(plan.windows[name]):
            if not role.least <= level <= role.most:
                span = f"between {role.least} and {role.most}"
                yield f"{_at(branch, day_type, t)}: {level} windows in role {name}, {span} are permitted"


def role_time(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """A window opened in a role keeps it for the least time, unless the day ends."""
    stay = role_periods(branch)
    for name, levels in plan.windows.items():
        for t, kept in enumerate(windows_kept(levels, stay)):
            if kept > levels[t]:
                text = f"{levels[t]} windows in role {name}, {kept} were opened in it"
                yield f"{_at(branch, day_type, t)}: {text} within {branch.least_role_time} min"


def windows_kept(levels: Sequence[int], stay: int) -> list[int]:
    """Windows opened in a role within the last ``stay`` periods, by period: they must still be open."""
    opened = [max(0, b - a) for a, b in zip((0, *levels), levels, strict=False)]
    return [sum(opened[max(0, t - stay + 1) : t + 1]) for t in range(len(levels))]


def role_time_kept(levels: Sequence[int], stay: int) -> bool:
    """Whether every window keeps its role for at least ``stay`` periods, unless the day ends."""
    return all(kept <= level for kept, level in zip(windows_kept(levels, stay), levels, strict=True))


def staff_available(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """No more people of a skill are on shift than can be on duty."""
    for name, skill in branch.skills.items():
        people = sum(a.people for a in plan.shifts if a.skill == name)
        if people > (on_duty := skill.on_duty(day_type)):
            yield f"{day_type}: {people} of skill {name} on shift, {on_duty} can be on duty"


def legal_shifts(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """Every shift follows the rules of its skill."""
    for a in plan.shifts:
        if reason := shift_breach(branch.skills[a.skill].shifts, a.shift):
            span = f"{format_clock(a.shift.start)}-{format_clock(a.shift.end)}"
            yield f"{day_type}: {a.skill} shift {span}: {reason}"


def shift_breach(rules: ShiftRules, shift: Shift) -> str | None:
    """Why a shift is not legal, or None."""
    if shift.start < rules.earliest_start or (shift.start - rules.earliest_start) % rules.start_step:
        return f"must start at {format_clock(rules.earliest_start)} or a multiple of {rules.start_step:g} min later"
    if shift.end > rules.latest_end:
        return f"must end by {format_clock(rules.latest_end)}"
    length = shift.end - shift.start
    if not any(abs(length - 60 * hours) < 1e-9 for hours in rules.lengths):
        return f"length {length / 60:g} h is not permitted"
    meal = rules.meal
    if meal is None or length < 60 * meal.from_hours:
        return "has a meal break that it must not have" if shift.meal_start is not None else None
    if shift.meal_start is None or shift.meal_end is None:
        return "lacks its meal break"
    if shift.meal_minutes != meal.minutes or shift.meal_start < meal.earliest or shift.meal_end > meal.latest:
        window = f"{format_clock(meal.earliest)} and {format_clock(meal.latest)}"
        return f"must have {meal.minutes:g} min of meal between {window}"
    return None


def skills_cover(branch: Branch, day_type: str, plan: DayPlan, greeters: int) -> Iterator[str]:
    """In every period the people on duty can be put, each to one place, where they are needed and able (Hall)."""
    start = branch.hours(day_type).open
    for t in range(branch.periods(day_type)):
        begin, end = start + t * branch.period, start + (t + 1) * branch.period
        need = {name: levels[t] for name, levels in plan.windows.items() if levels[t]}
        if branch.greeter and greeters:
            need[branch.greeter[0]] = greeters
        duty = dict.fromkeys(branch.skills, 0)
        for a in plan.shifts:
            duty[a.skill] += a.people * a.shift.works(begin, end)
        for places in chain.from_iterable(combinations(need, n) for n in range(1, len(need) + 1)):
            able = sum(duty[n] for n, skill in branch.skills.items() if not set(places).isdisjoint(skill.serves))
            if able < (asked := sum(need[place] for place in places)):
                yield f"{_at(branch, day_type, t)}: {asked} people needed for {' + '.join(places)}, {able} on duty"
                break


def _at(branch: Branch, day_type: str, period: int) -> str:
    return f"{day_type} {branch.clock(day_type, period)}"


def role_periods(branch: Branch) -> int:
    """Least time in a role in whole periods, at least one."""
    return max(1, -(-branch.least_role_time // branch.period))


DAY_RULES = (physical_windows, role_levels, role_time, staff_available, legal_shifts, skills_cover)


def broken_rules(branch: Branch, policy: Policy) -> tuple[str, ...]:
    """A sentence for every breach of a rule by the policy; none for a legal one."""
    breaches = [*offered_choices(branch, policy), *known_names(branch, policy)]
    if any(known_names(branch, policy)):
        return tuple(breaches)
    greeters = Regime.of(branch, policy).greeters
    for day_type, plan in policy.days.items():
        for rule in DAY_RULES:
            breaches += rule(branch, day_type, plan, greeters)
    return tuple(breaches)
