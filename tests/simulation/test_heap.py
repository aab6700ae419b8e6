"""Events to come, in the order of their moments."""

import heapq
from collections import Counter
from math import inf

import numpy as np
import pytest

from optimizer.simulation.heap import drop_first, push

ROOM = 400


class Events:
    """A heap and the arrays that it stands in."""

    def __init__(self, room=ROOM):
        self.moments, self.codes, self.size = np.full(room, np.nan), np.full(room, -1), 0

    def push(self, moment, code):
        self.size = push(self.moments, self.codes, self.size, moment, code)

    def pop(self):
        first = float(self.moments[0]), int(self.codes[0])
        self.size = drop_first(self.moments, self.codes, self.size)
        return first


def test_events_come_out_in_order():
    events, rng = Events(), np.random.default_rng(1)
    moments = rng.uniform(0, 100, ROOM)
    for code, moment in enumerate(moments):
        events.push(moment, code)
    assert [events.pop() for _ in range(ROOM)] == sorted((moment, code) for code, moment in enumerate(moments))
    assert events.size == 0


@pytest.mark.parametrize("seed", range(20))
def test_events_put_in_and_taken_out_in_turn_are_those_of_another_heap(seed):
    events, other, rng = Events(), [], np.random.default_rng(seed)
    growing = rng.uniform(0.4, 0.8)
    for code in range(2000):
        if other and (rng.random() > growing or len(other) == ROOM):
            assert events.pop() == heapq.heappop(other)
        else:
            moment = float(rng.exponential())
            events.push(moment, code)
            heapq.heappush(other, (moment, code))
        assert events.size == len(other)
        assert events.size == 0 or events.moments[0] == other[0][0]


@pytest.mark.parametrize("seed", range(5))
def test_events_of_one_moment_all_come_out(seed):
    events, rng = Events(), np.random.default_rng(seed)
    moments = rng.integers(0, 5, ROOM).astype(float)
    for code, moment in enumerate(moments):
        events.push(moment, code)
    out = [events.pop() for _ in range(ROOM)]
    assert [moment for moment, _ in out] == sorted(moments)
    assert Counter(out) == Counter(zip(moments.tolist(), range(ROOM), strict=True))


def test_an_event_that_never_comes_is_the_last():
    events = Events()
    for moment, code in ((inf, 0), (3.0, 1), (inf, 2), (0.0, 3)):
        events.push(moment, code)
    assert [events.pop()[0] for _ in range(4)] == [0.0, 3.0, inf, inf]


def test_nothing_beyond_the_events_is_touched():
    events = Events(8)
    for code in range(5):
        events.push(5.0 - code, code)
    for _ in range(5):
        events.pop()
    assert np.isnan(events.moments[5:]).all()
    assert (events.codes[5:] == -1).all()
