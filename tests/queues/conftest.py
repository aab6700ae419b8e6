"""A day of a queue by matrices, and what the tests of this room share.

The state is written out as (in service, waiting); the exponential of the matrix of rates is scipy's, by truncated
Taylor series (Al-Mohy and Higham, 2011). Nothing here comes from the program.
"""

import json
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply
from scipy.stats import poisson

REFERENCE = Path(__file__).parent.parent / "reference"
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


@pytest.fixture(scope="session")
def reference():
    """Reads a file of reference values."""
    return lambda name: json.loads((REFERENCE / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def matrix_day():
    """Measures of a day, under the names that the program gives them."""
    return lambda *given, **more: MatrixDay(*given, **more).measures()


def exponential(rates, minutes, vectors):
    """exp(rates · minutes) times a vector, or several as columns."""
    return expm_multiply(csr_array(rates) * minutes, np.array(vectors))


class MatrixDay:
    """M(t)/M/s(t)+M on the states (b in service, w waiting) with w below ``room``.

    The room is what all customers of the day fill with a probability below 1e-13.
    """

    def __init__(
        self, rates, servers, service, abandonment, period, limits=(), capacity=np.inf, preemptive=False, joining=(1.0,)
    ):
        self.joining = joining
        self.rates, self.servers, self.service, self.abandonment = rates, servers, service, abandonment
        self.period, self.limits, self.capacity, self.preemptive = period, limits, capacity, preemptive
        self.room = 2 + int(poisson.isf(1e-13, sum(rates) * period))
        self.kept = {}

    def states(self, t):
        """Up to s in service nobody waits below s; those beyond s are finishing for servers who left."""
        s = self.open(t)
        top = s if self.preemptive else max(self.servers[: t + 1])
        return [(b, 0) for b in range(s)] + [(b, w) for b in range(s, max(top, s) + 1) for w in range(self.room)]

    def open(self, t):
        """Servers of period t; after the last one at least one stays."""
        return self.servers[t] if t < len(self.servers) else max(1, self.servers[-1])

    def joins(self, t, busy, waiting):
        """Share of arrivals who join; with a free server all do."""
        return 1.0 if busy < self.open(t) else self.joining[min(waiting, len(self.joining) - 1)]

    def generator(self, t):
        """Rates between the states of period t."""
        closed, s = t == len(self.servers), self.open(t)
        states = self.states(t)
        index = {state: i for i, state in enumerate(states)}
        q = np.zeros((len(states), len(states)))

        def move(source, target, rate):
            if target in index:
                q[index[source], index[target]] += rate
                q[index[source], index[source]] -= rate

        for b, w in states:
            if not closed and b + w < self.capacity:
                move((b, w), (b + 1, w) if b < s else (b, w + 1), self.rates[t] * self.joins(t, b, w))
            if b > 0:
                move((b, w), (b, w - 1) if w > 0 and b - 1 < s else (b - 1, w), b * self.service)
            if w > 0 and not closed:
                move((b, w), (b, w - 1), w * self.abandonment)
        return q

    def change(self, mass, t):
        """The distribution at the end of period t - 1 on the states of period t."""
        states, s = self.states(t), self.open(t)
        index, result = {state: i for i, state in enumerate(states)}, np.zeros(len(states))
        for (b, w), p in zip(self.states(t - 1), mass, strict=True):
            busy = min(b + w, s) if self.preemptive else b + min(w, max(0, s - b))
            if p > 0 and (busy, b + w - busy) in index:
                result[index[busy, b + w - busy]] += p
        return result

    def measures(self):
        count = len(self.rates)
        out = {name: np.zeros(count) for name in ("waiting", "busy", "delayed", "blocked", "abandoned", "present")}
        out["service_level"] = np.ones((len(self.limits), count))
        mass = np.array([1.0 if state == (0, 0) else 0.0 for state in self.states(0)])
        for t in range(count):
            mass = self.change(mass, t) if t > 0 else mass
            b, w = np.array(self.states(t)).T
            full = b + w >= self.capacity
            join = np.array([self.joins(t, *state) for state in self.states(t)])
            waits = (b >= self.servers[t]) & ~full
            wanted = np.stack([w, b, waits * join, full + waits * (1 - join)], axis=1).astype(float)
            n, q = len(b), self.generator(t)
            both = exponential(np.block([[q, wanted], [np.zeros((4, n + 4))]]).T, self.period, [*mass, 0, 0, 0, 0])
            over = both[n:]
            out["waiting"][t], out["busy"][t] = over[0], over[1]
            out["delayed"][t], out["blocked"][t] = self.rates[t] * over[2:]
            out["abandoned"][t] = self.abandonment * over[0]
            for i, limit in enumerate(self.limits):
                if self.rates[t] > 0:
                    out["service_level"][i, t] = self.served_within(limit, t, mass, q) / self.period
            mass = both[:n]
            out["present"][t] = mass @ (b + w)
        return SimpleNamespace(**out, left_at_closing=out["present"][-1], **self.closing(self.change(mass, count)))

    def closing(self, mass):
        """Means until the last customer has gone, by the linear equations of the empty state's first passage."""
        t = len(self.servers)
        b, w = np.array(self.states(t)).T
        inside = b + w > 0
        q = self.generator(t)[np.ix_(inside, inside)]
        waiting, work, minutes = mass[inside] @ np.linalg.solve(-q, np.stack([w, b, np.ones(len(b))], axis=1)[inside])
        return {"waiting_after_closing": waiting, "overtime": work, "minutes_after_closing": minutes}

    def served_within(self, limit, t, mass, q):
        """Minutes of period t in which an arrival is served within the limit: Gauss-Legendre between the kinks.

        A kink is a moment from which the limit reaches one more period.
        """
        crossed = [m * self.period - limit for m in range(1, 2 + int(limit / self.period))]
        kinks = [0.0, *(moment for moment in crossed if 0 < moment < self.period), self.period]
        total = 0.0
        for start, end in pairwise(kinks):
            moments = (start + end) / 2 + (end - start) / 2 * NODES
            here = np.stack([exponential(q.T, moment, mass) for moment in moments])
            value = self.called_within(limit, t, moments)
            total += (end - start) / 2 * WEIGHTS @ (here * value).sum(axis=1)
        return total

    def called_within(self, limit, t, moments):
        """P(called within the limit), axes moment of arrival in period t and state met.

        The customer arrives behind w others; first passage is solved backwards from the limit's end.
        """
        first = moments[0] + limit
        last = min(t + int(first / self.period), len(self.servers))
        value = np.zeros((len(moments), self.tagged(last).shape[0]))
        value[:, -1] = 1.0
        for m in range(last, t - 1, -1):
            starts = moments if m == t else np.zeros_like(moments)
            ends = moments + limit - (m - t) * self.period
            if m < last:
                ends = np.full_like(moments, self.period)
            value = self.before(m, ends - starts, value)
            if m > t:
                value = self.cross(m, value)
        result = np.zeros((len(moments), len(self.states(t))))
        s = self.open(t)
        for i, (b, w) in enumerate(self.states(t)):
            if b + w < self.capacity:
                result[:, i] = 1.0 if b < s else value[:, i - s] * self.joins(t, b, w)
        return result

    def tagged(self, t):
        """Rates of a waiting customer's state (b in service, j ahead); the last state is called, giving up leads out.

        States are those of the period with all busy, in the same order.
        """
        if t in self.kept:
            return self.kept[t]
        s, eta = self.open(t), 0.0 if t == len(self.servers) else self.abandonment
        states = [state for state in self.states(t) if state[0] >= s]
        index = {state: i for i, state in enumerate(states)}
        q = np.zeros((len(states) + 1, len(states) + 1))
        for (b, j), i in index.items():
            called = index[b, j - 1] if j > 0 else len(states)
            after = index[b - 1, j] if b > s else called
            q[i, after] += b * self.service
            if j > 0:
                q[i, index[b, j - 1]] += j * eta
            q[i, i] -= b * self.service + j * eta + eta
        self.kept[t] = q
        return q

    def before(self, t, lengths, value):
        """Values ``lengths`` minutes earlier in period t, one for each moment."""
        q = self.tagged(t)
        if np.ptp(lengths) < 1e-12:
            return exponential(q, lengths[0], value.T).T
        return np.stack([exponential(q, length, v) for length, v in zip(lengths, value, strict=True)])

    def cross(self, t, value):
        """Values just before period t begins, from those just after."""
        s, after = self.open(t), [state for state in self.states(t) if state[0] >= self.open(t)]
        index = {state: i for i, state in enumerate(after)}
        earlier = [state for state in self.states(t - 1) if state[0] >= self.open(t - 1)]
        result = np.ones((len(value), len(earlier) + 1))
        for i, (b, j) in enumerate(earlier):
            free = max(0, s - b)
            if j >= free:
                result[:, i] = value[:, index[b + free, j - free]]
        return result
