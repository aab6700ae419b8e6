"""How long a window is busy with a ticket, by hand: transactions mixed, dead numbers called, work added by rules."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from optimizer.evaluation import Regime, all_regimes
from optimizer.evaluation.service import (
    TicketService,
    dead_numbers,
    greeter_service,
    service_rule,
    ticket_service,
    unseen_overtime,
)
from optimizer.problem import Tickets


def regime(form=0, pitch=0, calls=None):
    return Regime((), 0, "none", form, pitch, calls)


def weights(branch, **customers):
    """Customers by class; names are transaction and tier."""
    return np.array([customers.get("_".join(each), 0.0) for each in branch.classes])


def with_transaction(branch, name, **changes):
    transactions = branch.transactions | {name: branch.transactions[name].replace(**changes)}
    return branch.replace(transactions=transactions)


def with_greeter(branch, **changes):
    return branch.replace(channels=branch.channels | {"lobby": branch.channels["lobby"].replace(**changes)})


def moments(*streams):
    """Mean and scv over streams of (weight, mean, scv)."""
    total = sum(weight for weight, _, _ in streams)
    mean = sum(weight * m for weight, m, _ in streams) / total
    second = sum(weight * m * m * (1 + scv) for weight, m, scv in streams) / total
    return mean, second / mean**2 - 1


@pytest.fixture
def mixed(small_branch):
    """Customers at the general window: half with tickets that nobody answers, half with a form and a pitch."""
    return weights(small_branch, withdrawal_vip=3.0, opening_ordinary=2.0, opening_vip=1.0)


class TestDeadNumbers:
    @pytest.mark.parametrize(
        ("per_customer", "no_show", "dead"), [(1, 0, 0), (1, 0.2, 0.25), (1.5, 0.1, 2 / 3), (3, 0.5, 5)]
    )
    def test_by_hand(self, per_customer, no_show, dead):
        assert dead_numbers(Tickets(per_customer=per_customer, no_show=no_show)) == pytest.approx(dead, rel=1e-12)


class TestTicketService:
    def test_one_transaction_is_served_as_its_table_says(self, small_branch):
        got = ticket_service(small_branch, "cash", weights(small_branch, deposit_ordinary=7.0), regime())
        assert (1 / got.rate, got.scv, got.tickets) == pytest.approx((5.0, 0.8, 1.0), rel=1e-12)

    def test_a_mixture_by_hand(self, small_branch, mixed):
        """Two dead numbers to three withdrawals, each called twice for a quarter of a minute."""
        mean, scv = moments((3, 4, 1), (2, 0.5, 0), (3, 12, 0.5))
        got = ticket_service(small_branch, "general", mixed, regime())
        assert (1 / got.rate, got.scv) == pytest.approx((mean, scv), rel=1e-12)
        assert mean == 6.125

    def test_tickets_are_in_thousandths(self, small_branch, mixed):
        assert ticket_service(small_branch, "general", mixed, regime()).tickets == 1.333
        more = mixed + weights(small_branch, withdrawal_vip=0.001)
        assert ticket_service(small_branch, "general", more, regime()).tickets == 1.333

    @pytest.mark.parametrize("calls", [1, 2, 4])
    def test_calls_that_the_regime_chooses_come_first(self, small_branch, mixed, calls):
        mean, scv = moments((3, 4, 1), (2, calls * 15 / 60, 0), (3, 12, 0.5))
        got = ticket_service(small_branch, "general", mixed, regime(calls=calls))
        assert (1 / got.rate, got.scv) == pytest.approx((mean, scv), rel=1e-12)
        as_given = ticket_service(small_branch, "general", mixed, regime())
        assert (got == as_given) == (calls == 2)

    def test_machines_call_no_numbers(self, small_branch):
        got = ticket_service(small_branch, "atm", weights(small_branch, withdrawal_ordinary=5.0), regime(calls=4))
        assert (1 / got.rate, got.scv, got.tickets) == pytest.approx((3.0, 0.5, 1.0), rel=1e-12)

    def test_where_nobody_comes(self, small_branch):
        assert ticket_service(small_branch, "cash", weights(small_branch), regime()) == TicketService(1.0, 1.0, 1.0)

    def test_more_calls_make_work_and_no_tickets(self, small_branch):
        customers = weights(small_branch, withdrawal_ordinary=6.0, deposit_ordinary=4.0)
        few, many = (ticket_service(small_branch, "cash", customers, regime(calls=n)) for n in (1, 3))
        assert many.tickets == few.tickets
        assert many.tickets / many.rate - few.tickets / few.rate == pytest.approx(0.6 * 2 / 3 * 0.5, rel=1e-3)


class TestUnseenOvertime:
    """Work of those who come after closing, less what the chain sees of it."""

    def test_by_hand(self, small_branch, mixed):
        """Late ones are served after closing; the chain sees an exponential time from some moment of the period on."""
        service = ticket_service(small_branch, "general", mixed, regime())
        late = weights(small_branch, opening_vip=0.4, withdrawal_vip=0.3)
        work = 0.4 * 12 + 0.3 * (4 + 2 / 3 * 0.5)
        left, _ = quad(lambda u: np.exp(-u * service.rate) / service.rate / 30, 0, 30)
        expected = work - 0.7 * service.tickets * left
        got = unseen_overtime(small_branch, "general", late, service, regime())
        assert got == pytest.approx(expected, rel=1e-12)
        assert 0.5 * work < got < work

    def test_more_calls_hold_a_window_longer(self, small_branch, mixed):
        service = ticket_service(small_branch, "general", mixed, regime())
        late = weights(small_branch, withdrawal_vip=0.3)
        few, many = (unseen_overtime(small_branch, "general", late, service, regime(calls=n)) for n in (2, 4))
        assert many - few == pytest.approx(0.3 * 2 / 3 * 2 * 15 / 60, rel=1e-12)

    def test_none_where_nobody_is_late(self, small_branch, mixed):
        service = ticket_service(small_branch, "general", mixed, regime())
        assert unseen_overtime(small_branch, "general", 0 * mixed, service, regime()) == 0

    @given(rate=st.floats(0.01, 2), count=st.floats(0.01, 3))
    @settings(max_examples=50, deadline=None, derandomize=True)
    def test_never_less_than_nothing(self, small_branch, rate, count):
        late = weights(small_branch, withdrawal_ordinary=count)
        got = unseen_overtime(small_branch, "atm", late, TicketService(rate, 1.0, 1.0), regime())
        assert 0 <= got <= 3 * count


class TestGreeterService:
    def test_side_tasks_and_help_are_sums_of_exponentials_for_some(self, small_branch):
        """Every kind of customer by itself: variances of its exponentials add up; then the kinds are mixed."""
        tasks = {"copies": {"share": 0.2, "minutes": 1.0}, "lesson": {"share": 0.1, "minutes": 4.0}}
        branch = with_greeter(small_branch, minutes=0.5, side_tasks=tasks)
        door = weights(branch, withdrawal_ordinary=6.0, deposit_vip=3.0, opening_vip=1.0)[:, None]
        sent = {("withdrawal", "ordinary"): ("atm", 0.4), ("deposit", "vip"): ("ebank", 0.7)}
        kinds = [((0.6, 0.4), (0.5, 0.0)), ((0.3, 0.7), (0.0, 0.0)), ((0.1, 0.0), (0.0, 0.0))]
        streams = []
        for ((share, followers), (help_minutes, _)), follows in product(kinds, (True, False)):
            for copies, lesson in product((True, False), repeat=2):
                weight = share * (followers if follows else 1 - followers)
                weight *= (0.2 if copies else 0.8) * (0.1 if lesson else 0.9)
                parts = [0.5, 1.0 * copies, 4.0 * lesson, help_minutes * follows]
                streams.append((weight, sum(parts), sum(m * m for m in parts) / sum(parts) ** 2))
        got = greeter_service(branch, door, [sent.get(each) for each in branch.classes])
        assert (1 / got.rate, got.scv, got.tickets) == pytest.approx((*moments(*streams), 1.0), rel=1e-12)
        assert got.scv > 2

    @given(minutes=st.floats(0.1, 10), count=st.floats(0, 50))
    @settings(max_examples=50, deadline=None, derandomize=True)
    def test_without_additions_it_is_exponential_to_the_last_digit(self, small_branch, minutes, count):
        branch = with_greeter(small_branch, minutes=minutes, side_tasks={})
        door = weights(branch, withdrawal_ordinary=count, deposit_ordinary=1.0)[:, None]
        shares = [("ebank", 0.3) if transaction == "deposit" else None for transaction, _ in branch.classes]
        assert greeter_service(branch, door, shares) == TicketService(1 / minutes, 1.0, 1.0)
        assert greeter_service(branch, 0 * door, shares) == TicketService(1 / minutes, 1.0, 1.0)
        assert TicketService(1 / minutes, 1.0, 1.0).slowing(0.05) == 1.0

    def test_a_task_for_everybody_varies_less(self, small_branch):
        branch = with_greeter(small_branch, minutes=1.0, side_tasks={"greeting": {"share": 1.0, "minutes": 1.0}})
        got = greeter_service(branch, weights(branch, deposit_vip=1.0)[:, None], [None] * len(branch.classes))
        assert (got.rate, got.scv) == pytest.approx((0.5, 0.5), rel=1e-12)

    def test_nobody_at_the_door_is_helped(self, small_branch):
        nobody = np.zeros((len(small_branch.classes), 4))
        got = greeter_service(small_branch, nobody, [("atm", 0.5)] * len(small_branch.classes))
        assert (1 / got.rate, got.scv) == pytest.approx((1.2, (1 + 0.2 * 1.8) / 1.44), rel=1e-12)


class TestServiceRule:
    def rule(self, branch, customers, **rules):
        chosen = regime(**rules)
        return service_rule(branch, customers, ticket_service(branch, "general", customers, chosen), chosen)

    def test_none_in_force_or_nobody_concerned(self, small_branch, mixed):
        assert self.rule(small_branch, mixed) is None
        withdrawals = weights(small_branch, withdrawal_vip=3.0)
        assert self.rule(small_branch, withdrawals, form=2, pitch=3) is None
        assert self.rule(small_branch, weights(small_branch), form=2, pitch=3) is None

    def test_a_form_that_takes_no_time_at_the_window_changes_nothing(self, small_branch, mixed):
        form = small_branch.transactions["opening"].form
        branch = with_transaction(small_branch, "opening", form=form.replace(window_minutes=0))
        assert self.rule(branch, mixed, form=2) is None

    def test_a_form_by_hand(self, small_branch, mixed):
        """Three openings in 7.998 tickets, of whom four in five need five minutes more while fewer than two wait."""
        got = self.rule(small_branch, mixed, form=2)
        share = 3 * 0.8 / (6 * 1.333)
        assert got.share == pytest.approx((share, share, 0.0), rel=1e-12)
        assert 1 / got.rate == pytest.approx(6.125 + 5, rel=1e-12)
        assert got.income == 0
        assert got.most == pytest.approx(3 * 0.8 / 6, rel=1e-12)

    def test_a_pitch_by_hand(self, small_branch, mixed):
        got = self.rule(small_branch, mixed, pitch=3)
        share = 3 / (6 * 1.333)
        assert got.share == pytest.approx((share, share, share, 0.0), rel=1e-12)
        assert 1 / got.rate == pytest.approx(6.125 + 1, rel=1e-12)
        assert (got.income, got.most) == pytest.approx((2.0, 3 / 6), rel=1e-12)

    def test_pitches_of_several_transactions_are_mixed_by_who_comes(self, small_branch, mixed):
        branch = with_transaction(small_branch, "withdrawal", pitch={"minutes": 3, "income": 8})
        got = self.rule(branch, weights(branch, withdrawal_vip=2.0, opening_ordinary=1.0, opening_vip=1.0), pitch=1)
        mean, _ = moments((2, 4, 1), (2 * 2 / 3, 0.5, 0), (2, 12, 0.5))
        assert 1 / got.rate == pytest.approx(mean + (2 * 3 + 2 * 1) / 4, rel=1e-12)
        assert (got.income, got.most) == pytest.approx(((2 * 8 + 2 * 2) / 4, 1.0), rel=1e-12)

    def test_both_by_hand(self, small_branch, mixed):
        got = self.rule(small_branch, mixed, form=2, pitch=3)
        form, pitch = 3 * 0.8 / (6 * 1.333), 3 / (6 * 1.333)
        either = form + pitch - form * pitch
        added = (5 * form + pitch) / either
        assert 1 / got.rate == pytest.approx(6.125 + added, rel=1e-12)
        assert got.share == pytest.approx((either, either, pitch / added, 0.0), rel=1e-12)
        assert got.income == pytest.approx(2 * pitch / either, rel=1e-12)
        assert got.most == pytest.approx(either * 1.333, rel=1e-12)

    @pytest.mark.parametrize(("form", "pitch"), [(1, 1), (1, 4), (4, 1), (0, 2), (2, 0)])
    def test_the_work_added_is_that_of_the_rules_in_force(self, small_branch, mixed, form, pitch):
        """However many wait, an average ticket takes longer by the forms and pitches that they permit."""
        got = self.rule(small_branch, mixed, form=form, pitch=pitch)
        tickets = 6 * 1.333
        for waiting in range(6):
            minutes = 3 * 0.8 * 5 / tickets * (waiting < form) + 3 * 1 / tickets * (waiting < pitch)
            share = got.share[min(waiting, len(got.share) - 1)]
            assert share * (1 / got.rate - 6.125) == pytest.approx(minutes, abs=1e-12)

    @pytest.mark.parametrize(("form", "pitch"), [(2, 3), (0, 3), (5, 1)])
    def test_pitches_earn_their_income_once_a_customer(self, small_branch, mixed, form, pitch):
        """If all services started while few wait, half of the customers would hear one, at two yuan each."""
        got = self.rule(small_branch, mixed, form=form, pitch=pitch)
        assert got.income * got.most == pytest.approx(2 * 3 / 6, rel=1e-12)

    def test_shares_are_shares_in_every_regime(self, small_branch, mixed):
        for chosen in all_regimes(small_branch):
            service = ticket_service(small_branch, "general", mixed, chosen)
            rule = service_rule(small_branch, mixed, service, chosen)
            assert (rule is None) == (chosen.form_at_window_below == chosen.pitch_below == 0)
            if rule is not None:
                assert all(0 <= share <= 1 for share in rule.share)
                assert rule.share[-1] == 0
                assert 0 < rule.rate < service.rate
