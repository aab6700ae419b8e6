"""A ticket log in the hall: the customers who really came, and what is drawn for them."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest

from optimizer.errors import DataRefused
from optimizer.problem import LoggedDay, read_ticket_log
from optimizer.reporting import events_csv
from optimizer.simulation import Happening, Replications, channel_service, replay, simulated_day

TIMES = Replications(30)
PLAIN = {"tiers.ordinary.patience": None, "busyness_scv": 0.0}
"""Changes to the counter after which nothing but the services is random."""
ONE_WINDOW = {f"days.{day_type}.windows.counter": [1] * 8 for day_type in ("busy", "quiet")}


@pytest.fixture
def plain(counter_branch, counter_policy, changed):
    """The counter with patient customers and one window."""
    return changed(counter_branch, PLAIN), changed(counter_policy, ONE_WINDOW)


@pytest.fixture
def logged():
    """A function that makes a day at the counter from moments of coming and service times."""

    def make(moments, service, date="a", day_type="busy"):
        return LoggedDay(date, day_type, tuple(moments), (("business", "ordinary"),) * len(moments), tuple(service))

    return make


def counter(result, date):
    return result.dates[date].estimate.measures("counter")


def test_a_log_made_by_hand_has_the_waits_made_by_hand(plain, logged):
    result = replay(*plain, [logged([0, 1, 2, 30], [5, 5, 5, 1])], TIMES)
    measures = counter(result, "a")
    assert result.dates["a"].customers == measures.arrivals.value == measures.served.value == 4
    assert measures.waiting.value == pytest.approx(0 + 4 + 8 + 0)
    assert measures.mean_wait.value == pytest.approx(3)
    assert [measures.service_levels[limit].value for limit in (3, 10)] == [0.5, 1]
    assert [float(each.error) for each in (measures.waiting, measures.mean_wait)] == [0, 0]


def test_who_is_inside_at_closing_is_served_too(plain, logged):
    result = replay(*plain, [logged([235, 236], [10, 10])], TIMES)
    assert counter(result, "a").mean_wait.value == pytest.approx(4.5)
    assert result.dates["a"].estimate.overtime("counter").value == pytest.approx(15)


def test_the_windows_of_the_policy_serve_them(plain, logged, changed, counter_policy):
    branch, _ = plain
    policy = changed(counter_policy, {"days.busy.windows.counter": [1, 2, 1, 1, 1, 1, 1, 1]})
    result = replay(branch, policy, [logged([0, 1, 2], [40, 8, 40])], TIMES)
    assert counter(result, "a").waiting.value == pytest.approx(29 + 36)


def test_a_day_that_was_simulated_gives_its_waits_when_it_is_replayed(plain, tmp_path):
    branch, policy = plain
    day = simulated_day(branch, policy, "busy", 5)
    moments = {event.customer: event.moment for event in day.events if event.happening is Happening.COMES_IN}
    called = {event.customer: event.moment for event in day.events if event.happening is Happening.IS_CALLED}
    served = {event.customer: event.moment for event in day.events if event.happening is Happening.IS_SERVED}
    lines = ["date,day_type,arrival,transaction,tier,service_minutes"]
    for customer in sorted(moments, key=lambda c: -moments[c]):
        minutes, seconds = divmod(moments[customer] * 60, 60)
        clock = f"{9 + int(minutes) // 60}:{int(minutes) % 60:02d}:{seconds:013.10f}"
        lines.append(f"x,busy,{clock},business,ordinary,{served[customer] - called[customer]:.12f}")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    result = replay(branch, policy, read_ticket_log(tmp_path / "log.csv", branch), TIMES)
    waiting = sum(called[customer] - moments[customer] for customer in moments)
    assert waiting > 100
    assert counter(result, "x").waiting.value == pytest.approx(waiting, abs=1e-6)
    assert counter(result, "x").waiting.error == pytest.approx(0, abs=1e-6)
    assert counter(result, "x").arrivals.value == day.customers
    assert events_csv(branch, "busy", day).count("\n") == len(day.events) + 1


def test_services_that_the_log_does_not_have_are_drawn(plain, logged):
    result = replay(*plain, [logged([0, 1], [nan, 5])], Replications(4000))
    waiting = counter(result, "a").waiting
    # The first is served for 5 minutes on average, from an exponential; E(S - 1)+ = 5 exp(-1/5).
    assert waiting.error > 0
    assert abs(waiting.value - 5 * np.exp(-0.2)) < waiting.half_width(0.999)


def test_patience_is_drawn(counter_branch, counter_policy, changed, logged):
    log = [logged([0, 1], [30, 5])]
    result = replay(counter_branch, changed(counter_policy, ONE_WINDOW), log, Replications(4000))
    lost = counter(result, "a").abandoned
    # Patience is exponential with mean 20, the wait would be 29.
    assert abs(lost.value - (1 - np.exp(-29 / 20))) < lost.half_width(0.999)


def test_busy_days_and_expected_arrivals_do_not_matter(plain, logged, changed):
    branch, policy = plain
    other = changed(branch, {"busyness_scv": 0.5, "arrivals.busy.business.ordinary": [1.0] * 8})
    log = [logged([0, 1, 2], [5, nan, 5])]
    first, second = (counter(replay(each, policy, log, TIMES), "a").waiting for each in (branch, other))
    assert first.value == second.value


def test_customers_whom_nobody_expects_on_that_day_are_served(small_branch, small_policy, changed):
    nobody = [0.0] * 2
    branch = changed(small_branch, {"arrivals.saturday.opening.vip": nobody, "arrivals.saturday.advice": ...})
    day = LoggedDay("sat", "saturday", (3.0, 5.0), (("opening", "vip"), ("advice", "ordinary")), (4.0, nan))
    estimate = replay(branch, small_policy, [day], TIMES).dates["sat"].estimate
    assert estimate.measures("general", of_class="opening, vip").arrivals.value >= 1
    assert estimate.measures("ebank", of_class="advice, ordinary").served.value == pytest.approx(
        float(estimate.measures("lobby", of_class="advice, ordinary").served.value)
    )
    assert estimate.measures("cash").arrivals.value == 0


def test_nobody_need_be_expected_at_all(plain, logged, changed):
    branch = changed(plain[0], {"arrivals.quiet": {}})
    result = replay(branch, plain[1], [logged([0, 1], [5, 5], day_type="quiet")], TIMES)
    assert counter(result, "a").waiting.value == pytest.approx(4)


def test_many_more_customers_than_expected_have_room(plain, logged):
    moments = np.linspace(0, 200, 3000)
    result = replay(*plain, [logged(moments, [0.01] * 3000)], TIMES)
    assert counter(result, "a").served.value == 3000


def test_the_answer_does_not_depend_on_workers(counter_branch, counter_policy, logged):
    log = [logged([0, 1, 5, 9], [nan] * 4), logged([3, 4], [nan] * 2, date="b", day_type="quiet")]
    one, other = (replay(counter_branch, counter_policy, log, Replications(120, workers=w)) for w in (1, 3))
    for date in "ab":
        for ours, theirs in zip(one.dates[date].estimate.moments, other.dates[date].estimate.moments, strict=True):
            assert np.array_equal(ours, theirs)


def test_all_dates_together_are_weighted_by_customers(plain, logged):
    log = [logged([0, 1, 2], [5, 5, 5]), logged([0, 1], [2, 2], date="b", day_type="quiet")]
    result = replay(*plain, log, TIMES)
    together = channel_service(result.estimates, "counter")
    assert together.customers.value == 5
    assert together.mean_wait.value == pytest.approx((4 + 8 + 1) / 5)
    assert together.service_levels[3].value == pytest.approx(3 / 5)
    assert together.utilization == pytest.approx((15 + 4) / 480)
    waits = [result.dates[date].estimate.costs["waiting"].value for date in "ab"]
    assert result.costs["waiting"].value == pytest.approx(sum(waits))
    assert result.costs["waiting"].value == pytest.approx(13 / 60 * 30)


def test_one_day_by_itself_is_together_what_it_is_alone(counter_branch, counter_policy, logged):
    result = replay(counter_branch, counter_policy, [logged([0, 1, 5, 9], [nan] * 4)], TIMES)
    (estimate,), measures = result.estimates, counter(result, "a")
    together = channel_service([estimate], "counter")
    for one, other in ((together.mean_wait, measures.mean_wait), (together.abandonment, measures.abandonment),
                       (together.service_levels[3], measures.service_levels[3])):  # fmt: skip
        assert one.value == pytest.approx(float(other.value), rel=1e-12)
        assert one.error == pytest.approx(float(other.error), rel=1e-9)


def test_the_error_of_all_dates_together_is_the_spread_of_repetitions(counter_branch, counter_policy, changed, logged):
    policy = changed(counter_policy, ONE_WINDOW)
    rng = np.random.default_rng(20261126)
    log = [logged(sorted(rng.uniform(0, 60, size)), [nan] * size, date, day_type)
           for date, day_type, size in (("a", "busy", 30), ("b", "quiet", 6), ("c", "busy", 12))]  # fmt: skip
    results = [replay(counter_branch, policy, log, replace(TIMES, seed=seed)) for seed in range(400)]
    services = [channel_service(result.estimates, "counter") for result in results]
    for measure in ("mean_wait", "abandonment"):
        values = [float(getattr(service, measure).value) for service in services]
        errors = [float(getattr(service, measure).error) for service in services]
        # The spread of 400 values is known to 3.5 % (one standard error).
        assert np.std(values, ddof=1) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.12)


def test_a_channel_where_nobody_comes_is_left_out(small_branch, small_policy):
    day = LoggedDay("m", "weekday", (3.0,), (("advice", "ordinary"),), (nan,))
    result = replay(small_branch, small_policy, [day], TIMES)
    assert channel_service(result.estimates, "general") is None
    assert channel_service(result.estimates, "ebank").customers.value > 0


def test_a_policy_that_does_not_fit_is_refused(plain, logged, changed):
    policy = changed(plain[1], {"days.quiet": ...})
    with pytest.raises(DataRefused, match="quiet"):
        replay(plain[0], policy, [logged([0], [1])], TIMES)
