"""What no log tells, and what is taken for it where no other branch is given: it wants filling in."""

from collections.abc import Iterable

from optimizer.calibration.draft import Draft
from optimizer.calibration.learning import Learnt
from optimizer.problem.quantities import format_clock

WAITING_COST, LOSS = 30.0, 20.0
"""Of an hour of waiting, and of a customer lost [yuan]."""
WAGE, SHRINKAGE = 60.0, 0.1
"""Of an hour [yuan], and share of paid time lost."""
LENGTHS = (4.0, 6.0, 8.0)
"""Of shifts [hours]."""
STEP = 60
"""Between starts of shifts [minutes]."""
SHIFT = 480
MINUTES = 5.0
"""Of a service of which the log has too few."""
UNTOLD = (
    ("diversions", "nothing is sent to another channel: thresholds and how many follow them"),
    ("targets", "no promises about waiting"),
    ("channels", "every channel is taken for windows: which are machines, their limits, failures and costs"),
    ("cost_per_transaction", "0"),
    ("forms, pitches, campaigns, balking", "none"),
)


def assume_people(draft: Draft, learnt: Learnt, channels: Iterable[str]) -> None:
    """One skill that serves everywhere, with shifts that cover every day."""
    hours = learnt.days.hours
    first, last = min(h[0] for h in hours.values()), max(h[1] for h in hours.values())
    marks = [moment - first for span in hours.values() for moment in span]
    even = STEP % learnt.period == 0 and not any(mark % STEP for mark in marks)
    lengths = [length for length in LENGTHS if 60 * length <= last - first and not 60 * length % learnt.period]
    people = learnt.windows * (2 if last - first <= SHIFT else 3)
    skill = ("skills", "teller")
    draft.assume((*skill, "wage"), WAGE, "yuan per hour")
    draft.assume((*skill, "serves"), list(channels), "who may work where")
    draft.assume((*skill, "available"), dict.fromkeys(hours, people), "people on the staff list")
    draft.assume((*skill, "shrinkage"), SHRINKAGE)
    draft.assume((*skill, "shifts", "earliest_start"), format_clock(first))
    draft.assume((*skill, "shifts", "latest_end"), format_clock(last))
    draft.assume((*skill, "shifts", "lengths"), lengths or [(last - first) / 60], "hours")
    draft.assume((*skill, "shifts", "start_step"), float(STEP if even else learnt.period), "minutes between starts")
