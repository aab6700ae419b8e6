"""The search by columns: bound, dive, large neighbourhoods; small problems are proved by CP-SAT."""

import time
from dataclasses import dataclass, field

import numpy as np

from optimizer.rostering.columns.choosing import Effort, choose_whole
from optimizer.rostering.columns.diving import dive
from optimizer.rostering.columns.generation import TOLERANCE, prove
from optimizer.rostering.columns.master import Column, LinearProgramError, Master, cover_of
from optimizer.rostering.columns.neighbourhoods import Pool, Size, choose, present_of
from optimizer.rostering.columns.pricing import Kinds, Pricers
from optimizer.rostering.judging import judged, proven_gap
from optimizer.rostering.model import Limits, RosterModel
from optimizer.rostering.problem import Roster, RosterCosts, RosterProblem, RosterResult, RosterStatus
from optimizer.rostering.running import run, solve_together
from optimizer.rostering.solve import Report, RosterOptions, RosterProgress

SMALL = 1600
"""Shifts to decide up to which CP-SAT is asked to prove what the linear bound leaves open."""
PROOF_WORK = 200.0
"""Most work on that, in the solver's own seconds."""
THOROUGH = Effort(listed=25_000, work=60.0, exclude=True)
"""For the whole problem, cost by cost from the bound upwards."""
STALLED = 10
"""Rounds without a better roster after which that is tried."""


class StoppedError(Exception):
    """The search has to end; the message says why."""


@dataclass
class ColumnSearch:
    """What is known so far of one problem."""

    problem: RosterProblem
    options: RosterOptions
    report: Report
    started: float = field(default_factory=time.monotonic)
    bound: float = -np.inf
    best: Roster | None = None
    costs: RosterCosts | None = None
    impossible: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._cover = cover_of(self.problem)
        self._pricers = Pricers(self.problem, max(1, self.options.workers))
        self._generator = np.random.default_rng(self.options.seed)
        self._schedules: list[Kinds] = []
        self._people = range(len(self._pricers.people))
        # What no decision changes: pay that is guaranteed, and the options of the days.
        options = sum(day.options[0].cost for day in self.problem.days if day.options)
        self._constant = options + sum(person.pay.guaranteed for person in self.problem.people.values())
        costs = [self._cover.under, self._cover.over, np.array(self._constant)]
        costs += [cost for p in self._pricers.people for cost in (p.contract.cost, p.contract.rest_cost)]
        self._whole = all(bool((cost == np.round(cost)).all()) for cost in costs)

    def run(self) -> RosterResult:
        """Search until the gap, the time limit or Ctrl-C ends it."""
        try:
            self._search()
            ended = "nothing left to try"
        except StoppedError as stopped:
            ended = str(stopped)
        except KeyboardInterrupt:
            ended = "interrupted"
        except LinearProgramError as failed:
            ended = str(failed)
        finally:
            self._pricers.close()
        return self._result(ended)

    # Steps

    def _search(self) -> None:
        master = Master(self._cover, len(self._people))
        if not self._begin(master):
            return
        _, prices = prove(master, self._pricers, self._cover, self._lift)
        self._check()
        found = dive(master, self._pricers, self._people, np.inf, self._generator, self._check)
        if found.schedules is not None:
            self._offer(found.schedules)
        pool = Pool(len(self._people), prices)
        for column in master.columns:
            pool.keep(column)
        self._improve(pool, master)

    def _begin(self, master: Master) -> bool:
        """A schedule of each person, one after another, each the best beside the others; false if somebody has none."""
        nothing = np.zeros(self._cover.people.shape)
        found = self._pricers.cheapest(nothing)
        self.impossible = tuple(
            f"{pricer.name}: no schedule keeps all rules"
            for pricer, (_, kinds) in zip(self._pricers.people, found, strict=True)
            if kinds is None
        )
        if self.impossible:
            return False
        schedules: list[Kinds] = []
        for person in self._people:
            missing = present_of(schedules, self._cover) < self._cover.people
            prices = np.where(missing, -self._cover.under, self._cover.over)
            schedules += [kinds for _, kinds in self._pricers.cheapest(prices, [person]) if kinds is not None]
        wanted = self._pricers.cheapest(-self._cover.under)
        for several in (found, wanted, [(0.0, kinds) for kinds in schedules]):
            for person, (_, kinds) in enumerate(several):
                if kinds is not None:
                    master.add(self._column(person, kinds))
        self._offer(schedules)
        return True

    def _improve(self, pool: Pool, root: Master) -> None:
        """Free some people, look for cheaper schedules of them together, keep what is better."""
        size, stalled, asked = Size(len(self._people)), 0, self._shifts() > SMALL
        while self._people:
            self._check()
            before = self._cost()
            try:
                hopeless = self._free_some(pool, size.now)
            except LinearProgramError:
                hopeless = False
            if self._cost() < before:
                stalled = 0
                continue
            stalled += 1
            if hopeless and size.now == size.people:
                self.bound = max(self.bound, self._cost() - (0.0 if self._whole else self._step()))
                return
            size.grow() if hopeless else size.shrink()
            if stalled >= STALLED and not asked:
                asked = True
                self._climb(root)
                self._ask_for_proof()

    def _free_some(self, pool: Pool, size: int) -> bool:
        """One round; returns whether it is proven that these people cannot be cheaper."""
        free = choose(self._pricers, self._cover, self._schedules, size, self._generator)
        others = [p for p in self._people if p not in free]
        cover, surplus = self._cover.without(present_of([self._schedules[p] for p in others], self._cover))
        settled = surplus + self._constant + sum(self._pricers.people[p].cost(self._schedules[p]) for p in others)
        master = Master(cover, len(free))
        for place, person in enumerate(free):
            known = [*pool.cheapest(person), self._column(person, self._schedules[person])]
            for column in known:
                master.add(Column(place, column.kinds, column.cost))
        began = len(master.columns)
        most = self._cost() - settled - self._step()
        found = dive(master, self._pricers, free, most, self._generator, self._check)
        for column in master.columns[began:]:
            pool.keep(Column(free[column.person], column.kinds, column.cost))
        # The linear program alone proves as much as its tolerances allow: it may steer, but not end the search.
        together, excluded = found.schedules, found.hopeless and len(free) < len(self._people)
        if together is None and not excluded:
            seconds = self._seconds()
            choice = run(lambda: choose_whole(master, cover, self._pricers, free, most, self._whole, seconds))
            together, excluded = choice.schedules, choice.excluded
        if together is not None:
            schedules = list(self._schedules)
            for place, person in enumerate(free):
                schedules[person] = together[place]
            self._offer(schedules)
        return excluded

    def _climb(self, root: Master) -> None:
        """Exclude the least cost that is not excluded yet, or find it, and so on: whole costs, and a small gap."""
        while self._whole:
            most, seconds = self.bound - self._constant, self._seconds()
            choice = run(
                lambda most=most, seconds=seconds: choose_whole(  # type: ignore[misc]
                    root, self._cover, self._pricers, self._people, most, self._whole, seconds, THOROUGH
                )
            )
            if choice.schedules is not None:
                self._offer(choice.schedules)
            if not choice.excluded:
                break
            self._lift(most + 1.0)
        self._check()

    def _ask_for_proof(self) -> None:
        """Let CP-SAT find or exclude what is left between bound and cost."""
        if self.best is None:
            return
        model = RosterModel(self.problem)
        model.hint(self.best)
        limits = Limits(self._seconds(), PROOF_WORK, seed=self.options.seed)
        (answer,), interrupted = solve_together([model], [limits])
        self._lift(answer.bound - self._constant)
        if answer.roster is not None and judged(self.problem, answer.roster).total < self._cost():
            self._offer(self._read(answer.roster))
        if interrupted:
            raise KeyboardInterrupt
        self._check()

    # What is known

    def _column(self, person: int, kinds: Kinds) -> Column:
        return Column(person, kinds, self._pricers.people[person].cost(kinds))

    def _cost(self) -> float:
        return np.inf if self.costs is None else self.costs.total

    def _step(self) -> float:
        """By how much a roster must be cheaper to be better."""
        return 1.0 if self._whole else TOLERANCE * max(1.0, abs(self._cost()))

    def _seconds(self) -> float:
        return self.options.time_limit - (time.monotonic() - self.started)

    def _shifts(self) -> int:
        return sum(int(pricer.contract.permitted.sum()) for pricer in self._pricers.people)

    def _lift(self, bound: float) -> None:
        """Take a bound on what decisions change; whole costs make it whole."""
        bound += self._constant
        bound = float(np.ceil(bound - TOLERANCE)) if self._whole and np.isfinite(bound) else bound - TOLERANCE
        if bound > self.bound:
            self.bound = bound
            self._tell()
        self._check()

    def _offer(self, schedules: list[Kinds]) -> None:
        """Judge schedules; keep them if they are better."""
        roster = self._roster(schedules)
        costs = judged(self.problem, roster)
        own = sum(pricer.cost(kinds) for pricer, kinds in zip(self._pricers.people, schedules, strict=True))
        counted = self._constant + own + self._cover.cost(present_of(schedules, self._cover))
        if abs(counted - costs.total) > TOLERANCE * max(1.0, abs(counted)):
            raise ArithmeticError(f"schedules cost {counted}, but are judged {costs.total}")
        if costs.total < self._cost():
            self.best, self.costs, self._schedules = roster, costs, schedules
            self._tell()

    def _check(self) -> None:
        """End the search if there is reason to."""
        if self.costs is not None and proven_gap(self.costs, self.bound) <= self.options.gap:
            raise StoppedError("gap reached")
        if self._seconds() <= 0:
            raise StoppedError("time limit")

    def _tell(self) -> None:
        seconds = time.monotonic() - self.started
        bound = self.bound if np.isfinite(self.bound) else None
        self.report(RosterProgress(seconds, bound, None if self.costs is None else self.costs.total))

    # What comes out

    def _roster(self, schedules: list[Kinds]) -> Roster:
        names = list(self.problem.kinds)
        shifts = {
            (pricer.name, d): names[k]
            for pricer, kinds in zip(self._pricers.people, schedules, strict=True)
            for d, k in enumerate(kinds.tolist())
            if k >= 0
        }
        return Roster(tuple(0 if day.options else None for day in self.problem.days), shifts)

    def _read(self, roster: Roster) -> list[Kinds]:
        index = {name: k for k, name in enumerate(self.problem.kinds)}
        schedules = [np.full(len(self.problem.days), -1) for _ in self._people]
        places = {pricer.name: p for p, pricer in enumerate(self._pricers.people)}
        for (name, d), kind in roster.shifts.items():
            schedules[places[name]][d] = index[kind]
        return schedules

    def _result(self, ended: str) -> RosterResult:
        seconds = time.monotonic() - self.started
        if self.costs is None:
            status = RosterStatus.INFEASIBLE if self.impossible else RosterStatus.NO_SOLUTION_FOUND
            bound = self.bound if np.isfinite(self.bound) else None
            return RosterResult(status, None, None, bound, None, ended, seconds, self.impossible)
        bound = min(self.bound, self.costs.total) if np.isfinite(self.bound) else None
        gap = None if bound is None else proven_gap(self.costs, bound)
        proven = bound is not None and self.costs.total - bound <= (0.0 if self._whole else 2 * self._step())
        status = RosterStatus.OPTIMAL if proven else RosterStatus.FEASIBLE
        return RosterResult(status, self.best, self.costs, bound, gap, ended, seconds)
