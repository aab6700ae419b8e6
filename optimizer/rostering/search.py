"""The search for a roster: a first one by weeks, then large neighbourhoods, until the proven gap is small enough."""

import time
from dataclasses import dataclass, field

from ortools.sat.python import cp_model

from optimizer.rostering.construction import construct, idle
from optimizer.rostering.judging import judged, proven_gap
from optimizer.rostering.legality import breaches, may_work
from optimizer.rostering.model import Answer, Limits, Neighbourhood, RosterModel
from optimizer.rostering.neighbourhoods import Neighbourhoods
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus
from optimizer.rostering.relaxation import Relaxation
from optimizer.rostering.running import run, solve_together
from optimizer.rostering.solve import Report, RosterOptions, RosterProgress

SMALL = 2500
"""Shifts to decide up to which a problem is given to the solver whole at once."""
SMALL_WORK, WHOLE_WORK, WINDOW_WORK, NEIGHBOURHOOD_WORK = 30.0, 60.0, 1.0, 1.0
"""Most work on a small problem, on a large one of which no part is known, on a window of the construction and on a
neighbourhood, in the solver's own seconds."""
WINDOW_GAP = 1e-3
NODES = 300
"""Of the relaxation with whole options."""
SHIFTS = 2000
"""Shifts that a neighbourhood frees at first."""
STALLED = 12
"""Rounds without a better roster after which neighbourhoods grow."""
GROWTH = 1.6
TOLERANCE = 1e-6
"""Of the solvers: a bound above the cost by more than that share of it is an error."""
EXACT = 1e-9
"""Gap that counts as none."""


class StoppedError(Exception):
    """The search has to end; the message says why."""


@dataclass
class Search:
    """What is known so far of one problem."""

    problem: RosterProblem
    options: RosterOptions
    report: Report
    started: float = field(default_factory=time.monotonic)
    best: Roster | None = None
    costs: RosterCosts | None = None
    bound: float = -float("inf")
    work: float = 0.0
    infeasible: bool = False
    repeatable: bool = True

    def run(self) -> RosterResult:
        """Search until the gap, a limit or Ctrl-C ends it.

        An infeasible problem is one solver's word alone: it has to be confirmed.
        """
        try:
            self._search()
            ended = "nothing left to try"
        except StoppedError as stopped:
            ended = str(stopped)
        except KeyboardInterrupt:
            ended = "interrupted"
        return self._result(ended)

    def _search(self) -> None:
        size = self._size()
        relaxation = run(lambda: Relaxation(self.problem))
        shared = run(lambda: relaxation.solve(whole=False, seconds=self._seconds()))
        self._lift(shared.bound)
        if size <= SMALL:
            self._solve_whole(SMALL_WORK)
        elif shared.infeasible:
            self.infeasible = True
            raise StoppedError("nothing left to try")
        seconds = min(self._seconds(), max(5.0, self.options.time_limit / 3))
        chosen = run(lambda: relaxation.solve(True, self.options.gap / 8, seconds, NODES))
        self._lift(chosen.bound)
        self.repeatable &= not chosen.cut
        self._check()
        if chosen.options is not None and chosen.minutes is not None:
            self._construct(chosen.options, chosen.minutes)
        if self.best is None:
            self._solve_whole(WHOLE_WORK)
        if self.best is not None:
            self._improve(size)

    # Steps

    def _construct(self, options: tuple[int | None, ...], minutes: dict[str, list[float]]) -> None:
        """Week by week; what is made by then is kept when it ends early, if it is legal as it is."""
        self._offer_legal(idle(self.problem, options))
        made: list[Roster] = []
        try:
            construct(self.problem, options, minutes, self._solve_window, made.append)
        finally:
            for roster in made[-1:]:
                self._offer_legal(roster)
        self._check()

    def _solve_window(self, models: list[RosterModel]) -> list[Answer]:
        """Models of one window, as many at once as there are workers; half the time is kept for later windows."""
        answers: list[Answer] = []
        limits = Limits(self._seconds() / 8, WINDOW_WORK, gap=WINDOW_GAP, seed=self.options.seed)
        workers = max(1, self.options.workers)
        for first in range(0, len(models), workers):
            together = models[first : first + workers]
            answers += self._solve_all(together, [limits] * len(together))
        return answers

    def _improve(self, size: int) -> None:
        """Free a part, solve it, keep what is better; parts grow when nothing is found."""
        shifts, work, round_ = SHIFTS, NEIGHBOURHOOD_WORK, 0
        while shifts < size:
            neighbourhoods = Neighbourhoods(self.problem, self.options.seed + round_, shifts)
            stalled = 0
            while stalled < STALLED:
                round_ += 1
                stalled = 0 if self._try(neighbourhoods, work, round_) else stalled + 1
            shifts, work = int(GROWTH * shifts), GROWTH * work
        self._solve_whole(None)

    def _try(self, neighbourhoods: Neighbourhoods, work: float, round_: int) -> bool:
        """One round: a neighbourhood for each worker, from the same roster; what fits together is kept."""
        base, before = self.best, self.costs
        if base is None or before is None:
            raise StoppedError("no roster to improve")
        chosen = [neighbourhoods.choose() for _ in range(max(1, self.options.workers))]
        models = []
        for _, free in chosen:
            models.append(RosterModel(self.problem, base, free))
            models[-1].hint(base)
        limits = Limits(self._seconds(), work, gap=1e-4, seed=self.options.seed + round_)
        answers = self._solve_all(models, [limits] * len(models))
        for (way, free), answer in zip(chosen, answers, strict=True):
            neighbourhoods.judge(way, self._accept(answer, free, before.total))
        self._check()
        return self.costs is not before

    def _accept(self, answer: Answer, free: Neighbourhood, before: float) -> float:
        """Take an answer, or put its changes into the best roster; returns what it saves by itself [yuan]."""
        if answer.roster is None:
            return 0.0
        cost = judged(self.problem, answer.roster).total
        if self.costs is None or cost < self.costs.total - EXACT:
            self._offer(answer.roster)
        elif cost < before - EXACT and self.best is not None:
            self._offer_legal(_mixed(self.best, answer.roster, free))
        return before - cost

    def _solve_whole(self, work: float | None) -> None:
        """The problem as one program: it finds, proves, or shows that there is nothing to find."""
        model = run(lambda: RosterModel(self.problem))
        if self.best is not None:
            model.hint(self.best)
        answer = self._solve(model, Limits(self._seconds(), work, self.options.gap, self.options.seed))
        if answer.status == cp_model.INFEASIBLE:
            self.infeasible = True
            raise StoppedError("nothing left to try")
        self._lift(answer.bound)
        if answer.roster is not None:
            self._offer(answer.roster)
        self._check()
        if answer.cut:
            raise StoppedError("time limit")

    # Running the solver within the limits

    def _solve(self, model: RosterModel, limits: Limits) -> Answer:
        return self._solve_all([model], [limits])[0]

    def _solve_all(self, models: list[RosterModel], limits: list[Limits]) -> list[Answer]:
        left = None if self.options.work_limit is None else (self.options.work_limit - self.work) / len(models)
        within = [limit.within(self._seconds(), left) for limit in limits]
        answers, interrupted = solve_together(models, within)
        self.work += sum(answer.work for answer in answers)
        self.repeatable &= not any(answer.cut for answer in answers)
        if interrupted:
            for answer in answers:
                self._offer_legal(answer.roster)
            raise KeyboardInterrupt
        return answers

    def _seconds(self) -> float:
        return max(0.0, self.options.time_limit - (time.monotonic() - self.started))

    def _check(self) -> None:
        if self.costs is not None and proven_gap(self.costs, self.bound) <= self.options.gap:
            raise StoppedError("gap reached")
        if self.options.work_limit is not None and self.work >= self.options.work_limit:
            raise StoppedError("work limit")
        if self._seconds() <= 0:
            raise StoppedError("time limit")

    # What is known

    def _size(self) -> int:
        """Shifts to decide."""
        named = [{kind for option in day.options for kind in option.needs} for day in self.problem.days]
        return sum(
            may_work(self.problem, person, kind)
            for person in self.problem.people.values() for kinds in named for kind in kinds
        )  # fmt: skip

    def _lift(self, bound: float) -> None:
        if bound > self.bound:
            self.bound = bound
            self._say()

    def _offer_legal(self, roster: Roster | None) -> None:
        """Take a roster that nobody has promised to be legal, or to be one of the whole problem."""
        if roster is not None and not breaches(self.problem, roster):
            self._offer(roster)

    def _offer(self, roster: Roster) -> None:
        costs = judged(self.problem, roster)
        if self.costs is None or costs.total < self.costs.total - EXACT:
            self.best, self.costs = roster, costs
            self._say()

    def _say(self) -> None:
        bound = None if self.bound == -float("inf") else self.bound
        cost = None if self.costs is None else self.costs.total
        self.report(RosterProgress(time.monotonic() - self.started, bound, cost))

    def _result(self, ended: str) -> RosterResult:
        self.repeatable &= ended in ("gap reached", "work limit", "nothing left to try")
        seconds = time.monotonic() - self.started
        bound = None if self.bound in (-float("inf"), float("inf")) else self.bound
        if self.best is None or self.costs is None:
            status = RosterStatus.INFEASIBLE if self.infeasible else RosterStatus.NO_SOLUTION_FOUND
            return RosterResult(
                status, None, None, None if self.infeasible else bound, None, ended, seconds, (), self.repeatable
            )
        if bound is not None:
            if bound > self.costs.total + EXACT + TOLERANCE * abs(self.costs.total):
                raise ArithmeticError(f"a roster of {self.costs.total} yuan costs less than the bound of {bound} yuan")
            bound = min(bound, self.costs.total)
        gap = None if bound is None else proven_gap(self.costs, bound)
        status = RosterStatus.OPTIMAL if gap is not None and gap <= EXACT else RosterStatus.FEASIBLE
        return RosterResult(status, self.best, self.costs, bound, gap, ended, seconds, (), self.repeatable)


def _mixed(roster: Roster, other: Roster, free: Neighbourhood) -> Roster:
    """A roster with what another one has in a neighbourhood."""
    shifts = {cell: kind for cell, kind in roster.shifts.items() if cell not in free.cells}
    shifts |= {cell: kind for cell, kind in other.shifts.items() if cell in free.cells}
    options = tuple(other.options[d] if d in free.days else chosen for d, chosen in enumerate(roster.options))
    return Roster(options, shifts)
