"""Results as titled tables of short words, to be read on one screen."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.evaluation import Evaluation
from optimizer.optimization import Result, Status
from optimizer.problem import Branch, format_clock


@dataclass(frozen=True)
class Section:
    """A table with a title; columns from ``numbers_from`` on hold numbers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_from: int = 1


def policy_sections(branch: Branch, evaluation: Evaluation, today: Evaluation | None) -> Iterator[Section]:
    """Thresholds, windows, shifts, cost and service of a policy, beside the one in use today."""
    yield _thresholds(branch, evaluation, today)
    yield _windows(branch, evaluation)
    yield _shifts(evaluation)
    yield _service(branch, evaluation, today)
    yield _costs(evaluation, today)


def _thresholds(branch: Branch, evaluation: Evaluation, today: Evaluation | None) -> Section:
    policies = [evaluation.policy, *([] if today is None else [today.policy])]
    rows = [
        (f"{d.transaction} to {d.to}", *(_threshold(policy.thresholds.get(name, 0.0)) for policy in policies))
        for name, d in branch.diversions.items()
    ]
    rows.append(("greeters on duty", *(str(policy.greeters) for policy in policies)))
    rows.append(("campaign", *(policy.campaign for policy in policies)))
    for what, offered, chosen in (
        ("form at the window, by number waiting", branch.queue_rules.form_at_window_below, "form_at_window_below"),
        ("pitch, by number waiting", branch.queue_rules.pitch_below, "pitch_below"),
    ):
        if any(offered):
            rows.append((what, *(_below(getattr(policy, chosen)) for policy in policies)))
    if branch.queue_rules.calls:
        rows.append(("calls per number", *(str(policy.calls or "as given") for policy in policies)))
    return Section("All quarter: sent to machines, in the lobby", ("", *_columns(today)), tuple(rows))


def _below(waiting: int) -> str:
    return f"below {waiting}" if waiting > 0 else "never"


def _threshold(amount: float) -> str:
    return f"below {amount:,.0f}" if amount > 0 else "nobody"


def _columns(today: Evaluation | None) -> tuple[str, ...]:
    return ("plan",) if today is None else ("plan", "today")


def _windows(branch: Branch, evaluation: Evaluation) -> Section:
    """One character for each period, a space between hours."""
    rows = []
    for name, plan in evaluation.policy.days.items():
        hours = branch.hours(name)
        label = f"{name} ({branch.day_types[name].days} days, from {format_clock(hours.open)})"
        for role, levels in plan.windows.items():
            rows.append((label, role, _picture(levels, hours.open, branch.period)))
            label = ""
    return Section("Windows open, by period; a space between hours", ("", "", ""), tuple(rows), 3)


def _picture(levels: tuple[int, ...], start: int, period: int) -> str:
    picture = ""
    for t, level in enumerate(levels):
        if t and (start + t * period) % 60 < period:
            picture += " "
        picture += "·" if level == 0 else str(level) if level < 10 else chr(ord("A") + level - 10)
    return picture


def _shifts(evaluation: Evaluation) -> Section:
    """People by start and end of the shift; shifts that differ in their meal alone are counted together."""
    rows = []
    for name, plan in evaluation.policy.days.items():
        label = name
        for skill in dict.fromkeys(a.skill for a in plan.shifts):
            people: Counter[tuple[int, int]] = Counter()
            for a in plan.shifts:
                people[a.shift.start, a.shift.end] += a.people * (a.skill == skill)
            spans = sorted(span for span, count in people.items() if count)
            text = ", ".join(f"{people[s, e]}× {format_clock(s)}-{format_clock(e)}" for s, e in spans)
            rows.append((label, skill, text))
            label = ""
    return Section("Shifts (meals in shifts.csv)", ("", "", ""), tuple(rows), 3)


def _service(branch: Branch, evaluation: Evaluation, today: Evaluation | None) -> Section:
    """Worst day type for every channel: its targets, else the mean wait."""
    header = (
        "",
        *(f"{column}: {what}" for column in _columns(today) for what in ("wait min", "lost", "worst promise")),
    )
    rows = []
    for name in next(iter(evaluation.days.values())).channels:
        cells = []
        for judged in [evaluation, *([] if today is None else [today])]:
            days = [day.channels[name] for day in judged.days.values() if name in day.channels]
            waits = [day.mean_wait for day in days if day.mean_wait is not None]
            losses = [day.abandonment for day in days if day.abandonment is not None]
            cells += [f"{max(waits):.1f}" if waits else "-", f"{max(losses):.1%}" if losses else "-"]
            cells.append(_worst_promise(branch, judged, name))
        rows.append((name, *cells))
    return Section("Service on the worst day type", header, tuple(rows))


def _worst_promise(branch: Branch, evaluation: Evaluation, channel: str) -> str:
    about = [p for p in evaluation.promises if p.name in branch.targets and branch.targets[p.name].channel == channel]
    if not about:
        return "-"
    worst = min(about, key=lambda p: (p.met, (p.value - p.limit) * (1 if branch.targets[p.name].least else -1)))
    target = branch.targets[worst.name]
    unit = " min" if target.measure == "mean_wait" else ""
    value, limit = ((f"{v:.1f}" if unit else f"{v:.1%}") for v in (worst.value, worst.limit))
    sign = "≥" if target.least is not None else "≤"
    return f"{value}{unit} ({sign} {limit}{'' if worst.met else ', broken'})"


def _costs(evaluation: Evaluation, today: Evaluation | None) -> Section:
    judged = [evaluation, *([] if today is None else [today])]
    names = [name for name in evaluation.costs if any(e.costs[name] for e in judged)]
    rows = [(name.replace("_", " "), *(f"{e.costs[name]:,.0f}" for e in judged)) for name in names]
    rows.append(("total", *(f"{e.cost:,.0f}" for e in judged)))
    return Section("Cost of the quarter [yuan]", ("", *_columns(today)), tuple(rows))


def result_lines(result: Result) -> Iterator[str]:
    """What was proven, in sentences."""
    if result.status is Status.INFEASIBLE:
        yield "Infeasible: no policy keeps every rule and target. These cannot hold together:"
        yield from (f"  {name}" for name in result.conflict)
        return
    if result.evaluation is None or result.bound is None or result.gap is None:
        yield f"No policy found ({result.ending.value} after {result.runtime:.0f} s)."
        return
    proof = "certified" if result.certified else "not certified: " + ", ".join(result.uncertified_roles)
    yield (
        f"Cost {result.evaluation.cost:,.0f}, no policy below {result.bound:,.0f}: gap {result.gap:.2%} ({proof}); "
        f"{result.ending.value}, {result.regimes} regimes of which {result.regimes_solved} solved, "
        f"{result.runtime:.1f} s."
    )


def verdict_lines(evaluation: Evaluation) -> Iterator[str]:
    """Every broken rule and target, or that there is none."""
    yield from (f"Broken rule: {text}" for text in evaluation.broken_rules)
    for promise in evaluation.broken_promises:
        where = "" if promise.day_type is None else f" on {promise.day_type}"
        where += "" if promise.period is None else f", period {promise.period + 1}"
        yield f"Broken target: {promise.sentence}{where}: {promise.value:.4g}"
    if evaluation.feasible:
        yield "Every rule and every target holds."


def saving_line(evaluation: Evaluation, today: Evaluation) -> str:
    """What the plan saves against the policy in use today."""
    saving = today.cost - evaluation.cost
    share = saving / today.cost if today.cost else 0.0
    word = "Saves" if saving >= 0 else "Costs more by"
    broken = len({p.name for p in today.broken_promises})
    note = f"; today breaks {broken} target{'s' if broken > 1 else ''}" if broken else ""
    return f"{word} {abs(saving):,.0f} yuan a quarter ({abs(share):.1%}) against today{note}."
