"""A day of any Markov queue by matrices: a test says what can happen, states are found by following it.

The exponential of the matrix of rates is scipy's, by truncated Taylor series (Al-Mohy and Higham, 2011). Nothing here
comes from the program.
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import block_array, csr_array
from scipy.sparse.linalg import expm_multiply, spsolve

CALLED, GONE = "called", "gone"
NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)


@pytest.fixture(scope="session")
def event_day():
    return EventDay


class EventDay:
    """A chain through periods of the same length.

    ``events(t, state)`` gives pairs of a rate and a list of (probability, next state); ``change(t, state)`` such a list
    for the beginning of period t; period ``count`` is the time after closing. States that do not ``fit`` are dropped.
    """

    def __init__(self, count, length, start, events, change, fits):
        self.count, self.length, self.start = count, length, start
        self.events, self.change, self.fits = events, change, fits
        self.known = {}

    def follow(self):
        """Distributions at the beginning of every period and after closing."""
        self.starts, mass = [], {self.start: 1.0}
        for t in range(self.count + 1):
            mass = self.moved(mass, lambda state, t=t: self.change(t, state) if t else [(1.0, state)])
            self.starts.append(mass)
            if t < self.count:
                states, q = self.chain(t, list(mass), self.events)
                end = expm_multiply(q.T * self.length, self.vector(states, mass))
                mass = dict(zip(states, end, strict=True))
        return self

    def moved(self, mass, change):
        result = {}
        for state, p in mass.items():
            for share, new in change(state):
                if self.fits(new):
                    result[new] = result.get(new, 0.0) + share * p
        return result

    @staticmethod
    def vector(states, mass):
        return np.array([mass.get(state, 0.0) for state in states])

    def chain(self, t, seeds, events):
        """States that follow from the seeds in period t, and the rates between them."""
        key = t, events, tuple(seeds)
        if key in self.known:
            return self.known[key]
        index, states, entries = {state: i for i, state in enumerate(seeds)}, list(seeds), []
        for i, state in enumerate(states):
            for rate, outcomes in () if state in (CALLED, GONE) else events(t, state):
                if rate <= 0:
                    continue
                entries.append((i, i, -rate))
                for share, new in outcomes:
                    if share <= 0 or (new not in (CALLED, GONE) and not self.fits(new)):
                        continue
                    if new not in index:
                        index[new] = len(states)
                        states.append(new)
                    entries.append((i, index[new], rate * share))
        row, column, value = zip(*entries, strict=True) if entries else ((), (), ())
        self.known[key] = states, csr_array((value, (row, column)), shape=(len(states), len(states)))
        return self.known[key]

    def integrals(self, *rewards):
        """Integrals over each period of the means of ``reward(t, state)``, axes reward and period."""
        result = np.zeros((len(rewards), self.count))
        for t in range(self.count):
            states, q = self.chain(t, list(self.starts[t]), self.events)
            wanted = csr_array([[float(reward(t, state)) for reward in rewards] for state in states])
            both = block_array([[q, wanted], [None, csr_array((len(rewards), len(rewards)))]]).T.tocsr()
            start = np.append(self.vector(states, self.starts[t]), np.zeros(len(rewards)))
            result[:, t] = expm_multiply(both * self.length, start)[len(states) :]
        return result

    def ends(self, *values):
        """Means of ``value(state)`` at the end of each period, axes value and period."""
        result = np.zeros((len(values), self.count))
        for t in range(self.count):
            states, q = self.chain(t, list(self.starts[t]), self.events)
            end = expm_multiply(q.T * self.length, self.vector(states, self.starts[t]))
            result[:, t] = [end @ [float(value(state)) for state in states] for value in values]
        return result

    def until_empty(self, reward, present):
        """Mean integral of ``reward(t, state)`` from closing until nobody is present."""
        states, q = self.chain(self.count, list(self.starts[-1]), self.events)
        inside = np.array([present(state) > 0 for state in states])
        if not inside.any():
            return 0.0
        wanted = np.array([float(reward(self.count, state)) for state in states])[inside]
        value = np.atleast_1d(spsolve((-q.tocsr()[inside][:, inside]).tocsc(), wanted))
        return self.vector(states, self.starts[-1])[inside] @ value

    def level(self, limit, rates, entry, events, change):
        """Share of arrivals called within the limit.

        ``entry(t, state)``: (probability, state of the waiting customer or CALLED) at arrival; ``events`` and
        ``change`` of such states.
        """
        result = np.ones(self.count)
        for t in range(self.count):
            if rates[t] == 0:
                continue
            crossed = [m * self.length - limit for m in range(1, 2 + int(limit / self.length))]
            kinks = [0.0, *(moment for moment in crossed if 0 < moment < self.length), self.length]
            total = 0.0
            for begin, finish in pairwise(kinks):
                for node, weight in zip(NODES, WEIGHTS, strict=True):
                    moment = (begin + finish) / 2 + (finish - begin) / 2 * node
                    total += (finish - begin) / 2 * weight * self.called(t, moment, limit, entry, events, change)
            result[t] = total / self.length
        return result

    def called(self, t, moment, limit, entry, events, change):
        """Of one who arrives so many minutes into period t, followed forwards."""
        states, q = self.chain(t, list(self.starts[t]), self.events)
        if (t, moment) not in self.known:
            self.known[t, moment] = expm_multiply(q.T * moment, self.vector(states, self.starts[t]))
        mass = {}
        for state, p in zip(states, self.known[t, moment], strict=True):
            for share, new in entry(t, state):
                mass[new] = mass.get(new, 0.0) + share * p
        left, minutes = limit, self.length - moment
        for m in range(t, self.count + 1):
            last = m == self.count or left <= minutes
            waiting = {state: p for state, p in mass.items() if state not in (CALLED, GONE)}
            seeds, q = self.chain(m, sorted(waiting), events)
            if seeds:
                end = expm_multiply(q.T * (left if last else minutes), self.vector(seeds, waiting))
                after = dict(zip(seeds, end, strict=True))
                mass = {**after, CALLED: after.get(CALLED, 0.0) + mass.get(CALLED, 0.0)}
            if last:
                return mass.get(CALLED, 0.0)
            moved = {}
            for state, p in mass.items():
                for share, new in [(1.0, state)] if state in (CALLED, GONE) else change(m + 1, state):
                    moved[new] = moved.get(new, 0.0) + share * p
            mass, left, minutes = moved, left - minutes, self.length
        return mass.get(CALLED, 0.0)
