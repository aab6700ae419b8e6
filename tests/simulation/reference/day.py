"""One day of a hall in plain Python, written from the docstrings of the hall: what the kernel must agree with.

It reads the same random numbers by purpose, through functions of its own, and shares no other logic with the kernel:
events are a list that is searched for the earliest, each station has one list of those who wait, and whoever gives up
leaves at that moment. Two things that no docstring decides are taken as the kernel takes them: a customer is served by
the free machine with the lowest number, and one who goes on joins the next line before the freed server calls.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from math import inf, isnan, log, nan

import numpy as np

from optimizer.simulation import records as names
from optimizer.simulation.arrays import hall_arrays

from .numbers import child, drawn, gamma, uniform


@dataclass(eq=False)
class Number:
    """A customer, or a number that nobody will answer."""

    number: int
    of: int
    """Class."""
    key: int = 0
    dead: bool = False
    service: float = nan
    """Service time that a log gives."""
    at: int = -1
    sent: bool = False
    failures: int = 0
    corrected: bool = False
    """Whether the form was wrong and this is the second turn."""
    again: bool = False
    """Whether the machine failed and this is not the first service of the turn."""
    joined: float = inf
    waits_since: float = inf
    begun: float = inf
    event: tuple | None = None
    """What will happen to it next: the end of its service, or of its patience."""


@dataclass(eq=False)
class Place:
    """A station."""

    servers: int = 0
    line: list = field(default_factory=list)
    serving: list = field(default_factory=list)
    users: dict = field(default_factory=dict)
    """Customer at each machine that is up, or None."""


class ReferenceDay:
    """One day, followed on creation.

    ``log`` has (moment, event, customer, station, number) as the kernel's has, ``totals`` minutes and counts by class,
    station, measure and period with the time after closing, ``occupied`` server-minutes by station and period; ``seen``
    counts the rules that came to pass and that neither of these tells.
    """

    def __init__(self, hall, seed, index, given=None):
        self.hall, self.closing = hall, hall.closing
        self.station = {station.name: s for s, station in enumerate(hall.stations)}
        self.adviser = None if hall.adviser is None else self.station[hall.adviser]
        self.places = [Place() for _ in hall.stations]
        limits = max(1, *(len(station.limits) for station in hall.stations))
        self.totals = defaultdict(lambda: np.zeros((names.WITHIN + limits, hall.periods + 1)))
        self.occupied = np.zeros((len(hall.stations), hall.periods + 1))
        self.log, self.events, self.posted, self.now = [], [], 0, 0.0
        self.seen = Counter()
        self.day = child(seed, index)
        weeks = max((len(each.advice.follow) for each in hall.classes if each.advice), default=1)
        self.week = int(uniform(child(self.day, 0), names.WEEK) * weeks)
        coming = self.given(given) if given else self.random()
        self.to_come = self.numbers = len(coming)
        self.inside = 0
        for moment, customer in coming:
            self.post(moment, 2, self.arrive, customer)
        self.prepare_stations()
        self.stuck = not self.run()

    def run(self):
        """Follow the day; returns whether it comes to an end."""
        while self.to_come or self.inside:
            event = min(self.events)
            if event[0] == inf:
                return False
            self.events.remove(event)
            self.now, _, _, happens, about = event
            happens(*about)
        return True

    # Who comes.

    def given(self, given):
        rows = zip(*given, strict=True)
        return [(moment, Number(k, kind, child(self.day, k + 1), service=service))
                for k, (moment, kind, service) in enumerate(rows)]  # fmt: skip

    def random(self):
        """Arrivals by the sum of all rates so far: those whose sum of gaps is reached before closing."""
        hall, arrays, coming, need = self.hall, hall_arrays(self.hall), [], 0.0
        scv = hall.busyness_scv
        busyness = scv * gamma(1 / scv, child(self.day, 0), names.BUSYNESS) if scv else 1.0
        rates = [busyness * sum(each.rates[t] for each in hall.classes) for t in range(hall.periods)]
        expected = [0.0, *accumulate(rate * hall.period for rate in rates)]
        while True:
            key = child(self.day, len(coming) + 1)
            need += drawn(hall.gap, key, names.GAP)
            if need >= expected[-1]:
                return coming
            t = max(t for t in range(hall.periods) if expected[t] <= need)
            place = uniform(key, names.CLASS) * len(hall.classes)
            of = int(place)
            if place - of >= arrays.keep[t, of]:
                of = int(arrays.other[t, of])
            coming.append((t * hall.period + (need - expected[t]) / rates[t], Number(len(coming), of, key)))

    def prepare_stations(self):
        machine = 0
        for s, station in enumerate(self.hall.stations):
            steps = [step for step in station.servers if step[0] < self.closing]
            if station.failure_rate > 0:
                for _ in range(steps[0][1]):
                    key = child(child(child(self.day, 0), names.UNITS), machine)
                    self.places[s].users[machine] = None
                    self.post(self.time_to_failure(s, key, 0), 0, self.fail, s, machine, key, 0)
                    machine += 1
            else:
                steps.append((self.closing, max(1, steps[-1][1])))
            for moment, servers in steps:
                self.post(moment, 1, self.change, s, servers)

    # What is written down.

    def post(self, moment, order, happens, *about):
        """At one moment those of the lowest order happen first, then those posted first."""
        self.posted += 1
        event = (moment, order, self.posted, happens, about)
        self.events.append(event)
        return event

    def forget(self, customer):
        if customer.event in self.events:
            self.events.remove(customer.event)
        customer.event = None

    def note(self, event, customer, s, number=None):
        who = -1 if customer is None else -1 - customer.number if customer.dead else customer.number
        self.log.append((self.now, event, who, s, customer.of if number is None else number))

    def count(self, customer, measure, moment, amount=1.0, last=False):
        slot = min(int(moment // self.hall.period), self.hall.periods - last)
        self.totals[customer.of, customer.at][measure, slot] += amount

    def minutes(self, row, begin, end):
        """Add the minutes from begin to end to the periods that they lie in."""
        bounds = [*(t * self.hall.period for t in range(self.hall.periods + 1)), inf]
        for t in range(self.hall.periods + 1):
            row[t] += max(0.0, min(end, bounds[t + 1]) - max(begin, bounds[t]))

    def class_of(self, customer):
        return self.hall.classes[customer.of]

    def visit(self, customer):
        return self.class_of(customer).visits[self.hall.stations[customer.at].name]

    def visit_key(self, customer):
        turn = 2 * customer.failures + customer.corrected
        return child(customer.key, names.VISITS + turn * len(self.hall.stations) + customer.at)

    def needs_form(self, customer):
        form = self.visit(customer).form
        return form is not None and uniform(customer.key, names.NEEDS_FORM) < form.share

    # What happens.

    def change(self, s, servers):
        self.places[s].servers = servers
        self.note(names.SERVERS, None, s, servers)
        self.call(s)

    def arrive(self, customer):
        self.to_come -= 1
        self.inside += 1
        customer.sent = self.adviser is None and self.follows(customer)
        each = self.class_of(customer)
        self.go(customer, self.station[each.advice.to if customer.sent else each.way[0]])

    def meant(self, customer):
        """Where a customer would go without advice."""
        return self.station[self.class_of(customer).way[0 if self.adviser is None else 1]]

    def follows(self, customer):
        advice = self.class_of(customer).advice
        if advice is None:
            return False
        if len(self.places[self.meant(customer)].line) < advice.when_waiting:
            self.seen["advice withheld"] += 1
            return False
        willing = uniform(customer.key, names.FOLLOW) < advice.follow[self.week]
        return willing and drawn(advice.amount, customer.key, names.AMOUNT) <= advice.ceiling

    def go(self, customer, s):
        customer.at, customer.failures, customer.corrected = s, 0, False
        if self.hall.stations[s].remote:
            self.count(customer, names.ARRIVALS, self.now, last=True)
            self.count(customer, names.SERVED, self.now)
            self.leave(customer)
            return
        form = self.visit(customer).form
        if form and form.desk and self.needs_form(customer):
            minutes = drawn(form.desk, self.visit_key(customer), names.DESK_TIME)
            self.count(customer, names.DESK, self.now, minutes)
            self.post(self.now + minutes, 0, self.leave_desk, customer)
        else:
            self.join(customer)

    def leave(self, customer):
        self.inside -= 1
        self.note(names.LEAVE, customer, customer.at)

    def leave_desk(self, customer):
        self.note(names.DESK_END, customer, customer.at)
        self.join(customer)

    def turns_away(self, customer):
        place, capacity = self.places[customer.at], self.hall.stations[customer.at].capacity
        if self.now >= self.closing:
            return False
        if capacity is not None and len(place.line) + len(place.serving) >= capacity:
            return True
        stays = (1 - self.visit(customer).balking) ** (len(place.line) / 10)
        return uniform(self.visit_key(customer), names.BALKING) > stays

    def join(self, customer):
        self.count(customer, names.ARRIVALS, self.now, last=True)
        if self.turns_away(customer):
            self.count(customer, names.TURNED_AWAY, self.now)
            self.note(names.TURN_AWAY, customer, customer.at)
            self.inside -= 1
            return
        self.note(names.JOIN, customer, customer.at)
        left, more = self.dead_numbers(customer)
        line = self.places[customer.at].line
        customer.again, customer.joined, customer.waits_since = False, self.now, self.now
        line.extend([*(self.dead_number(customer) for _ in range(left)), customer])
        line.extend(self.dead_number(customer) for _ in range(more))
        self.call(customer.at)
        self.lose_patience(customer)

    def dead_numbers(self, customer):
        """Those of people who left, who took theirs before this customer, and those of this customer but one."""
        tickets, key = self.visit(customer).tickets, self.visit_key(customer)
        whole = int(tickets.per_customer)
        taken = whole + (uniform(key, names.TICKETS) < tickets.per_customer - whole)
        left, draws, key = 0, 0, child(key, names.NO_SHOWS)
        for _ in range(taken):
            while uniform(key, draws) < tickets.no_show:
                left, draws = left + 1, draws + 1
            draws += 1
        return left, taken - 1

    def dead_number(self, customer):
        dead = Number(self.numbers, customer.of, dead=True, at=customer.at, joined=self.now)
        self.numbers += 1
        self.inside += 1
        return dead

    def lose_patience(self, customer):
        if self.now < self.closing and customer in self.places[customer.at].line:
            ends = self.now + drawn(self.visit(customer).patience, self.visit_key(customer), names.PATIENCE)
            if ends < self.closing:
                customer.event = self.post(ends, 0, self.give_up, customer)

    def give_up(self, customer):
        self.seen["gives up again"] += customer.again
        self.places[customer.at].line.remove(customer)
        self.waited(customer)
        self.count(customer, names.ABANDONED, self.now)
        self.note(names.GIVE_UP, customer, customer.at)
        self.inside -= 1

    def waited(self, customer):
        self.minutes(self.totals[customer.of, customer.at][names.WAITING], customer.waits_since, self.now)

    def call(self, s):
        place = self.places[s]
        while place.line and len(place.serving) < place.servers:
            firsts = {}
            for waiting in place.line:
                firsts.setdefault(self.visit(waiting).rank, waiting)
            worth = self.hall.head_start
            rank = (max(firsts) if worth is None
                    else min(firsts, key=lambda rank: (firsts[rank].joined - worth * rank, -rank)))  # fmt: skip
            place.line.remove(firsts[rank])
            self.start(firsts[rank])

    def start(self, called):
        place, s = self.places[called.at], called.at
        self.forget(called)
        place.serving.append(called)
        called.begun = self.now
        self.note(names.START, called, s)
        if called.dead:
            minutes = self.visit(called).tickets.call_minutes
        else:
            self.waited(called)
            if not called.again:
                for index in range(self.totals[called.of, s].shape[0] - names.WITHIN):
                    limits = self.hall.stations[s].limits
                    if index >= len(limits) or self.now - called.joined <= limits[index]:
                        self.count(called, names.WITHIN + index, called.joined, last=True)
            minutes = self.service_minutes(called)
        machine = next((m for m in sorted(place.users) if place.users[m] is None), None)
        if machine is not None:
            place.users[machine] = called
        called.event = self.post(self.now + minutes, 0, self.end, called)

    def service_minutes(self, customer):
        visit, key, each = self.visit(customer), self.visit_key(customer), self.class_of(customer)
        waiting, s = len(self.places[customer.at].line), customer.at
        of_a_log = not isnan(customer.service) and not customer.sent and s == self.station[each.way[-1]]
        minutes = customer.service if of_a_log else drawn(visit.service, key, names.SERVICE)
        for index, (share, time) in enumerate(visit.extras):
            own = child(key, names.EXTRAS + index)
            minutes += drawn(time, own, 1) if uniform(own, 0) < share else 0.0
        if visit.form and waiting < visit.form.below and self.needs_form(customer):
            minutes += visit.form.window_minutes
            self.count(customer, names.FORMS, self.now)
        if visit.pitch and waiting < visit.pitch.below:
            minutes += visit.pitch.minutes
            self.count(customer, names.PITCHES, self.now)
        if s == self.adviser:
            customer.sent = self.follows(customer)
            minutes += drawn(each.advice.assistance, customer.key, names.ASSISTANCE) if customer.sent else 0.0
        return minutes

    def stop_serving(self, customer):
        place = self.places[customer.at]
        place.serving.remove(customer)
        self.minutes(self.occupied[customer.at], customer.begun, self.now)
        for machine, user in place.users.items():
            if user is customer:
                place.users[machine] = None

    def end(self, customer):
        s, each = customer.at, self.class_of(customer)
        self.stop_serving(customer)
        self.note(names.END, customer, s)
        if customer.dead:
            self.inside -= 1
        else:
            self.count(customer, names.SERVED, self.now)
            form, way = self.visit(customer).form, [self.station[name] for name in each.way]
            if (not customer.corrected and self.needs_form(customer)
                    and uniform(customer.key, names.FORM_WRONG) < form.wrong):  # fmt: skip
                self.seen["second turn"] += 1
                self.seen["second turn after a failure"] += customer.again
                customer.corrected = True
                self.join(customer)
            elif customer.sent and s == self.adviser:
                self.go(customer, self.station[each.advice.to])
            elif customer.sent or s == way[-1]:
                self.leave(customer)
            else:
                self.go(customer, way[way.index(s) + 1])
        self.call(s)

    # Machines that fail.

    def time_to_failure(self, s, key, draw):
        return -log(uniform(key, draw)) / self.hall.stations[s].failure_rate

    def fail(self, s, machine, key, draw):
        place, customer = self.places[s], self.places[s].users[machine]
        place.servers -= 1
        self.note(names.FAILURE, customer, s, place.servers)
        repair = drawn(self.hall.stations[s].repair, key, draw + 1)
        self.post(self.now + repair, 0, self.mend, s, machine, key, draw + 2)
        if customer:
            self.forget(customer)
            self.stop_serving(customer)
        del place.users[machine]
        if customer:
            self.interrupted(customer)
        self.call(s)
        if customer and not customer.dead and customer in place.line:
            self.lose_patience(customer)

    def interrupted(self, customer):
        """Back to the head of the line, or where the customer would be without advice."""
        if customer.sent and self.station[self.class_of(customer).advice.to] == customer.at:
            visit, key = self.visit(customer), self.visit_key(customer)
            if uniform(key, names.COMES_BACK) < visit.come_back:
                self.seen["come back"] += 1
                customer.sent = False
                self.go(customer, self.meant(customer))
                return
        self.seen["dead number interrupted" if customer.dead else "interrupted"] += 1
        customer.failures += 1
        customer.again, customer.waits_since = True, self.now
        self.places[customer.at].line.insert(0, customer)

    def mend(self, s, machine, key, draw):
        place = self.places[s]
        place.users[machine] = None
        place.servers += 1
        self.note(names.REPAIRED, None, s, place.servers)
        self.post(self.now + self.time_to_failure(s, key, draw), 0, self.fail, s, machine, key, draw)
        self.call(s)
