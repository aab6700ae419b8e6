"""A channel's day is its queue's: every measure of customers from a day of tickets that is worked out beside it."""

import numpy as np
import pytest

from optimizer.evaluation import channel_costs, channel_day, unavoidable_cost
from optimizer.queues import breakdown_day, priority_day, service_rules_day, transient_day

FIRST, LAST = (0.1, 0.3, 0.2), (0.4, 0.7, 0.5)
SERVERS = (2, 4, 3)
ETA = 0.04
TOTALS = ("arrivals", "waiting", "busy", "delayed", "blocked", "abandoned", "present")
NUMBERS = ("waiting_after_closing", "overtime", "minutes_after_closing", "left_at_closing")
RULE = (0.1, (0.6, 0.6, 0.0), 1.5, 0.6)
"""Service rate with the addition, share by number left waiting, income, most additions a customer."""
DAYS = (0.7, 1.0, 1.6)
"""Factors of quiet and busy days."""
WEIGHTS = (0.3, 0.5, 0.2)


def busy(rates):
    return [tuple(factor * rate for rate in rates) for factor in DAYS]


def followed(rates, servers=SERVERS, service=0.2, eta=ETA, **changes):
    return transient_day(rates, servers, service, eta, period=30, limits=(3.0, 10.0), **changes)


def same(got, expected, customers=1.0):
    """Each measure of a day of customers from one of tickets: numbers are scaled, work and shares are not."""
    for name in (*TOTALS, "completed", *NUMBERS):
        scale = 1.0 if name in ("busy", "overtime", "minutes_after_closing") else customers
        assert getattr(got, name) == pytest.approx(scale * np.asarray(getattr(expected, name)), rel=1e-9), name
    assert got.service_level == pytest.approx(expected.service_level, rel=1e-9)


class TestOneRank:
    def test_is_the_plain_day(self, rank, demand):
        got = channel_day(demand(rank("all", LAST, abandonment=ETA)), SERVERS)
        expected = followed(LAST)
        same(got.measures, expected)
        assert got.measures.lost_mass <= 1e-9
        assert got.additions == 0

    def test_its_shares_are_of_those_who_arrive(self, rank, demand):
        got, expected = channel_day(demand(rank("all", LAST, abandonment=ETA)), SERVERS), followed(LAST)
        count = 30 * sum(LAST)
        waiting = expected.waiting.sum() + expected.waiting_after_closing
        assert got.mean_wait == pytest.approx(waiting / count, rel=1e-9)
        assert got.abandonment == pytest.approx(expected.abandoned.sum() / count, rel=1e-9)
        assert got.service_level(10.0) == pytest.approx(np.average(expected.service_level[1], weights=LAST), rel=1e-9)
        assert got.utilization == pytest.approx(expected.busy.sum() / (30 * sum(SERVERS)), rel=1e-9)

    def test_where_nobody_comes(self, rank, demand):
        got = channel_day(demand(rank("all", (0.0, 0.0))), (0, 0))
        assert (got.mean_wait, got.abandonment, got.service_level(3.0), got.utilization) == (None,) * 4
        assert not got.demand.arrivals.any()

    @pytest.mark.parametrize("tickets", [1.2, 2.0])
    def test_with_dead_numbers_is_a_day_of_tickets(self, rank, demand, tickets):
        """Dead numbers leave the line like customers; each customer is so many tickets."""
        got = channel_day(demand(rank("all", LAST, abandonment=ETA), tickets=tickets), SERVERS)
        same(got.measures, followed(np.array(LAST) * tickets), 1 / tickets)
        assert got.measures.arrivals == pytest.approx(30 * np.array(LAST), rel=1e-12)

    @pytest.mark.parametrize(("scv", "eta", "tickets"), [(0.3, 0.0, 1.0), (2.5, ETA, 1.0), (0.0, ETA, 1.4)])
    def test_variable_service_is_a_slower_clock(self, rank, demand, scv, eta, tickets):
        """Each step stands for s tickets, s = ((1 + scv) / 2) ** (μ / (μ + η))."""
        s = ((1 + scv) / 2) ** (0.2 / (0.2 + eta))
        got = channel_day(demand(rank("all", LAST, abandonment=eta), scv=scv, tickets=tickets), SERVERS)
        expected = followed(np.array(LAST) * tickets / s, service=0.2 / s, eta=eta)
        assert s != 1
        same(got.measures, expected, s / tickets)
        assert got.measures.waiting * eta == pytest.approx(got.measures.abandoned, rel=1e-9)

    @pytest.mark.parametrize("tickets", [1.0, 1.5, 4.0])
    def test_nobody_gives_up_twice(self, rank, demand, tickets):
        """Without a window all day next to everybody does, however many tickets they took."""
        got = channel_day(demand(rank("all", (0.3,) * 8, abandonment=0.1), tickets=tickets), (0,) * 8)
        assert 0.9 < got.abandonment < 1
        assert (got.measures.completed > -1e-9).all()

    def test_who_sees_many_turns_away(self, rank, demand):
        """A tenth of those left for each ten numbers displayed."""
        got = channel_day(demand(rank("all", LAST, abandonment=ETA, turning_away=0.1)), SERVERS)
        expected = followed(LAST, joining=0.9 ** (np.arange(200) / 10))
        assert expected.blocked.sum() > 0.1
        same(got.measures, expected)
        assert got.abandonment == pytest.approx((expected.blocked + expected.abandoned).sum() / 30 / sum(LAST))

    def test_dead_numbers_and_variable_service_lengthen_the_display(self, rank, demand):
        """One who waits in the chain is 1.5 numbers on the display: a step that needs no rounding."""
        got = channel_day(demand(rank("all", LAST, turning_away=0.2), scv=2.0, tickets=1.25), SERVERS)
        expected = followed(
            np.array(LAST) * 1.25 / 1.5, service=0.2 / 1.5, eta=0.0, joining=0.8 ** (1.5 * np.arange(200) / 10)
        )
        same(got.measures, expected, 1.5 / 1.25)


class TestBusyDays:
    def test_are_a_weighted_mean_of_days(self, rank, demand):
        got = channel_day(demand(rank("all", *busy(LAST), abandonment=ETA), weights=WEIGHTS), SERVERS).measures
        days = [followed(rates) for rates in busy(LAST)]
        for name in (*TOTALS, "completed", *NUMBERS):
            each = np.array([getattr(day, name) for day in days])
            assert getattr(got, name) == pytest.approx(np.tensordot(WEIGHTS, each, 1), rel=1e-9), name
        arrivals = np.array([day.arrivals for day in days])
        met = np.einsum("d,dlt,dt->lt", WEIGHTS, [day.service_level for day in days], arrivals)
        assert got.service_level == pytest.approx(met / (WEIGHTS @ arrivals), rel=1e-9)

    def test_of_two_ranks(self, rank, demand):
        ranks = rank("vip", *busy(FIRST)), rank("ordinary", *busy(LAST), abandonment=ETA)
        given = demand(*ranks, weights=WEIGHTS)
        got = channel_day(given, SERVERS)
        days = [
            priority_day(rates, SERVERS, 0.2, (0.0, ETA), period=30, limits=(3.0, 10.0))
            for rates in zip(busy(FIRST), busy(LAST), strict=True)
        ]
        for index, measures in enumerate(got.ranks):
            waiting = np.array([day.waiting[index] for day in days])
            assert measures.waiting == pytest.approx(np.array(WEIGHTS) @ waiting, rel=1e-9)
            met = np.array([day.service_level[index] * day.arrivals[index] for day in days])
            expected = np.tensordot(WEIGHTS, met, 1) / measures.arrivals
            assert measures.service_level == pytest.approx(expected, rel=1e-9)


class TestTwoRanks:
    @pytest.mark.parametrize(("tickets", "scv"), [(1.0, 1.0), (1.3, 2.2)])
    def test_are_a_day_of_two_classes(self, rank, demand, tickets, scv):
        """The clock is slowed for the rank that waits least patiently."""
        s = ((1 + scv) / 2) ** (0.2 / (0.2 + ETA))
        ranks = rank("vip", FIRST, abandonment=0.01), rank("ordinary", LAST, abandonment=ETA)
        got = channel_day(demand(*ranks, scv=scv, tickets=tickets), SERVERS)
        expected = priority_day(
            np.array([FIRST, LAST]) * tickets / s, SERVERS, 0.2 / s, (0.01, ETA),
            period=30, limits=(3.0, 10.0),
        )  # fmt: skip
        for index, measures in enumerate(got.ranks):
            for name in ("arrivals", "waiting", "abandoned", "blocked", "waiting_after_closing"):
                assert getattr(measures, name) == pytest.approx(s / tickets * getattr(expected, name)[index], rel=1e-9)
            assert measures.service_level == pytest.approx(expected.service_level[index], rel=1e-9)
        assert got.measures.busy == pytest.approx(expected.busy.sum(axis=0), rel=1e-9)
        assert got.measures.overtime == pytest.approx(expected.overtime.sum(), rel=1e-9)
        assert got.measures.minutes_after_closing == pytest.approx(expected.minutes_after_closing, rel=1e-9)

    def test_all_together_wait_as_first_come_first_served(self, rank, demand):
        ranks = rank("vip", FIRST, abandonment=ETA), rank("ordinary", LAST, abandonment=ETA)
        got = channel_day(demand(*ranks, limits=()), SERVERS).measures
        plain = transient_day(np.add(FIRST, LAST), SERVERS, 0.2, ETA, period=30)
        for name in (*TOTALS, *NUMBERS):
            assert getattr(got, name) == pytest.approx(getattr(plain, name), rel=1e-6, abs=1e-9), name

    def test_who_is_called_first_waits_less_than_in_one_line_and_the_other_more(self, rank, demand):
        ranks = rank("vip", FIRST, abandonment=ETA), rank("ordinary", LAST, abandonment=ETA)
        vip, ordinary = channel_day(demand(*ranks), SERVERS).ranks
        plain = followed(np.add(FIRST, LAST))
        each = plain.waiting / plain.arrivals
        assert (vip.waiting / vip.arrivals < each).all()
        assert (ordinary.waiting / ordinary.arrivals > each).all()
        assert (vip.service_level > plain.service_level).all()
        assert (ordinary.service_level < plain.service_level).all()

    def test_each_turns_away_by_its_own_share(self, rank, demand):
        ranks = rank("vip", FIRST, turning_away=0.05), rank("ordinary", LAST, turning_away=0.3)
        got = channel_day(demand(*ranks), SERVERS)
        seen = np.arange(200) / 10
        expected = priority_day([FIRST, LAST], SERVERS, 0.2, period=30, joining=[0.95**seen, 0.7**seen])
        assert [day.blocked for day in got.ranks] == [pytest.approx(blocked) for blocked in expected.blocked]
        assert got.measures.blocked == pytest.approx(expected.blocked.sum(axis=0))


class TestRules:
    @pytest.mark.parametrize("tickets", [1.0, 1.25])
    def test_are_a_day_of_short_and_long_services(self, rank, demand, tickets):
        given = demand(rank("all", LAST, abandonment=ETA), rule=RULE, tickets=tickets)
        got = channel_day(given, SERVERS)
        expected = service_rules_day(
            np.array(LAST) * tickets, SERVERS, (0.2, 0.1), RULE[1], ETA, period=30, limits=(3.0, 10.0)
        )
        same(got.measures, expected, 1 / tickets)
        made = expected.long_starts.sum() + expected.long_starts_after_closing
        assert got.additions == pytest.approx(made, rel=1e-9)
        assert channel_costs(got)["pitches"] == pytest.approx(-1.5 * made, rel=1e-9)

    def test_the_number_waiting_is_told_by_a_slower_clock_too(self, rank, demand):
        """With s = 1.5, no, one and two steps waiting are 0, 1.5 and 3 customers, of whom fewer than two are few."""
        got = channel_day(demand(rank("all", LAST), scv=2.0, rule=RULE), SERVERS)
        expected = service_rules_day(
            np.array(LAST) / 1.5, SERVERS, (0.2 / 1.5, 0.1 / 1.5), (0.6, 0.6, 0.0), period=30, limits=(3.0, 10.0)
        )
        same(got.measures, expected, 1.5)
        made = expected.long_starts.sum() + expected.long_starts_after_closing
        assert got.additions == pytest.approx(1.5 * made, rel=1e-9)

    def test_never_earn_more_than_their_most(self, rank, demand):
        for servers in ((0, 0, 1), SERVERS, (15, 15, 15)):
            got = channel_day(demand(rank("all", LAST, abandonment=ETA), rule=RULE), servers)
            assert 0 <= got.additions <= 0.6 * 30 * sum(LAST) + 1e-9
        assert got.additions == pytest.approx(0.6 * 30 * sum(LAST), rel=1e-3)

    def test_with_ranks_services_last_their_mean(self, rank, demand):
        """Additions are those of all in one line; the ranks are called at the mean service time that they make."""
        ranks = rank("vip", FIRST, abandonment=ETA), rank("ordinary", LAST, abandonment=ETA)
        got = channel_day(demand(*ranks, rule=RULE), SERVERS)
        line = service_rules_day(np.add(FIRST, LAST), SERVERS, (0.2, 0.1), RULE[1], ETA, period=30)
        made = line.long_starts.sum() + line.long_starts_after_closing
        mean = 5 + 5 * made / (line.starts.sum() + line.starts_after_closing)
        expected = priority_day([FIRST, LAST], SERVERS, 1 / mean, (ETA, ETA), period=30)
        assert got.additions == pytest.approx(made, rel=1e-9)
        for index, measures in enumerate(got.ranks):
            assert measures.waiting == pytest.approx(expected.waiting[index], rel=1e-9)

    def test_a_rule_lengthens_waiting_less_than_making_all_services_long(self, rank, demand):
        all_short, ruled, all_long = (
            channel_day(demand(rank("all", LAST), **changes), SERVERS).measures.waiting
            for changes in ({}, {"rule": RULE}, {"rule": (0.1, (1.0,), 1.5, 1.0)})
        )
        assert (all_short < ruled).all()
        assert (ruled < all_long).all()


class TestFailures:
    def test_are_a_day_of_machines_that_break_down(self, rank, demand):
        given = demand(rank("all", LAST, abandonment=ETA), failure_rate=0.01, repair_rate=0.05)
        got = channel_day(given, (3, 3, 3))
        expected = breakdown_day(LAST, 3, 0.2, ETA, failure_rate=0.01, repair_rate=0.05, period=30, limits=(3.0, 10.0))
        same(got.measures, expected)


class TestAddUp:
    CASES = (
        {}, {"tickets": 1.15, "scv": 0.6}, {"rule": RULE}, {"weights": WEIGHTS}, {"scv": 2.0, "rule": RULE},
    )  # fmt: skip

    @pytest.fixture(params=[1, 2], ids=["one_rank", "two_ranks"])
    def ranks(self, request, rank):
        """Ranks on one kind of day or on three, for the weights of the case."""
        return lambda weights: [
            rank(name, *(busy(rates) if len(weights) > 1 else [rates]), abandonment=eta, loss_rate=0.7,
                 turning_away=away, loss=9.0)
            for name, rates, eta, away in (("vip", FIRST, 0.02, 0.0), ("ordinary", LAST, ETA, 0.3))[-request.param :]
        ]  # fmt: skip

    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_ranks_to_all(self, ranks, demand, case):
        got = channel_day(demand(*ranks(case.get("weights", (1.0,))), **case), SERVERS)
        for name in ("arrivals", "waiting", "abandoned", "blocked", "waiting_after_closing"):
            total = sum(getattr(each, name) for each in got.ranks)
            assert getattr(got.measures, name) == pytest.approx(total, rel=1e-12)
        met = sum(each.service_level * each.arrivals for each in got.ranks)
        assert got.measures.service_level * got.measures.arrivals == pytest.approx(met, rel=1e-12)

    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_everybody_goes_somewhere(self, ranks, demand, case):
        got = channel_day(demand(*ranks(case.get("weights", (1.0,))), **case), SERVERS).measures
        gone = got.completed.sum() + got.abandoned.sum() + got.blocked.sum() + got.left_at_closing
        assert gone == pytest.approx(got.arrivals.sum(), rel=1e-7)
        for name in (*TOTALS, "completed"):
            assert (getattr(got, name) >= 0).all(), name

    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_costs_from_the_measures_of_every_rank(self, ranks, demand, case):
        given = demand(*ranks(case.get("weights", (1.0,))), **case, transaction_cost=0.4, overtime_cost=1.25)
        got = channel_day(given, SERVERS)
        costs = channel_costs(got)
        assert costs["overtime"] == pytest.approx(1.25 * got.measures.overtime, rel=1e-12)
        waiting = got.measures.waiting.sum() + got.measures.waiting_after_closing
        assert costs["waiting"] == pytest.approx(0.5 * waiting, rel=1e-12)
        lost = sum(0.7 * day.waiting.sum() + 9.0 * day.blocked.sum() for day in got.ranks)
        assert costs["lost_customers"] == pytest.approx(lost, rel=1e-12)
        gone = got.measures.abandoned.sum() + got.measures.blocked.sum()
        assert costs["transactions"] == pytest.approx(0.4 * (got.measures.arrivals.sum() - gone), rel=1e-9)
        assert costs["pitches"] == (0 if given.rule is None else pytest.approx(-1.5 * got.additions))

    @pytest.mark.parametrize("case", CASES, ids=str)
    def test_costs_beyond_the_unavoidable_are_waiting_losses_overtime_and_pitches_not_made(self, ranks, demand, case):
        given = demand(*ranks(case.get("weights", (1.0,))), **case, transaction_cost=0.4, overtime_cost=1.25)
        got = channel_day(given, SERVERS)
        beyond = 1.25 * got.measures.overtime
        for each, day in zip(given.ranks, got.ranks, strict=True):
            beyond += given.open_waiting_cost(each) * day.waiting.sum() + each.waiting_cost * day.waiting_after_closing
            beyond += given.turning_away_cost(each) * day.blocked.sum()
        if given.rule is not None:
            not_made = given.rule.most * got.measures.arrivals.sum() - got.additions
            beyond += given.rule.income * not_made
            assert not_made >= 0
        assert sum(channel_costs(got).values()) == pytest.approx(unavoidable_cost(given) + beyond, rel=1e-9)


class TestMoreIsWorse:
    def waits(self, *demands, servers=SERVERS):
        return [channel_day(given, servers).mean_wait for given in demands]

    def test_days_that_differ_more(self, rank, demand):
        spread = [[(1 - d), (1 + d)] for d in (0.0, 0.2, 0.4)]
        waits = self.waits(*(
            demand(rank("all", *[np.array(LAST) * z for z in factors]), weights=(0.5, 0.5)) for factors in spread
        ))  # fmt: skip
        assert waits == sorted(waits)
        assert waits[2] > 1.1 * waits[0]

    def test_dead_numbers(self, rank, demand):
        waits = self.waits(*(demand(rank("all", LAST, abandonment=ETA), tickets=k) for k in (1.0, 1.1, 1.3)))
        assert waits[0] < waits[1] < waits[2]

    def test_variability(self, rank, demand):
        waits = self.waits(*(demand(rank("all", LAST, abandonment=ETA), scv=scv) for scv in (0.2, 1.0, 3.0)))
        assert waits[0] < waits[1] < waits[2]

    def test_failures(self, rank, demand):
        waits = self.waits(*(
            demand(rank("all", LAST), failure_rate=rate, repair_rate=0.05) for rate in (0.0, 0.002, 0.02)
        ), servers=(4, 4, 4))  # fmt: skip
        assert waits[0] < waits[1] < waits[2]

    def test_turning_away_shortens_waiting_and_loses_customers(self, rank, demand):
        days = [channel_day(demand(rank("all", LAST, turning_away=share)), SERVERS) for share in (0.0, 0.1, 0.4)]
        assert days[0].mean_wait > days[1].mean_wait > days[2].mean_wait
        assert 0 == days[0].abandonment < days[1].abandonment < days[2].abandonment
