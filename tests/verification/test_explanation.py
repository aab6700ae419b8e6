"""What explains a difference: one cause is planted, and it is the one that is named."""

from dataclasses import replace

import pytest

from optimizer.evaluation import evaluate
from optimizer.problem import Policy
from optimizer.simulation import Replications, branch_hall, simulate
from optimizer.verification import MODELS, Comparison, Explanation, Outcome, Trial, VerifyOptions, verify
from optimizer.verification.assumptions import HALL_CHANGES
from optimizer.verification.comparison import comparisons
from optimizer.verification.explanation import explanations

SCARCE = {"counter": (1, 2, 2, 2, 1, 1, 1, 1)}
GIVEN = dict(list(HALL_CHANGES.items())[2:])
"""What a branch gives and the evaluation does not use."""
WINDOWS = (2, 2, 3, 3, 2, 2, 2, 1)
RUSH = {"weekday": {"deposit": {"all": (16.0,) * 4 + (0.0,) * 4}, "loan": {"all": (0.0,) * 4 + (5.0,) * 4}}}
LOBBY = {"kind": "greeter", "minutes": 2.2, "levels": [1]}
TELLER = {"teller": {"serves": ["counter", "lobby"]}}


@pytest.fixture(scope="module")
def explained(windows):
    """A function that verifies a branch and gives its explanations by channel."""

    def explain(branch, policy=None, days=4000):
        policy = windows() if policy is None else policy
        found = verify(branch, evaluate(branch, policy), VerifyOptions(days=days))
        return {each.comparison.channel: each for each in found.explanations}

    return explain


class TestPlantedCauses:
    """The branch fulfils every assumption but one."""

    def test_where_all_agrees_nothing_is_to_be_explained(self, counter, explained):
        assert explained(counter()) == {}

    def test_service_that_varies_much(self, counter, explained):
        varied = {"counter": {"service": {"deposit": {"mean": 4, "scv": 3, "distribution": "lognormal"}}}}
        cause = explained(counter(channels=varied))["counter"].cause
        assert cause.assumption == "service variability"
        assert abs(cause.left) < 0.25

    def test_a_long_transaction_in_the_afternoon_alone(self, counter, explained):
        """The evaluation mixes the transactions in the proportions of the day."""
        branch = counter(
            transactions={"loan": {"channel": "counter"}}, arrivals=RUSH,
            channels={"counter": {"service": {"deposit": {"mean": 2}, "loan": {"mean": 12}}}},
        )  # fmt: skip
        cause = explained(branch)["counter"].cause
        assert cause.assumption == "one service time for all at a channel"
        assert abs(cause.left) < 0.5

    def test_a_slow_greeter_in_front(self, counter, windows, explained):
        """Who leaves a greeter that is always busy comes more evenly than from the street."""
        branch = counter(channels={"lobby": LOBBY}, skills=TELLER)
        cause = explained(branch, windows(greeters=1))["counter"].cause
        assert cause.assumption == "arrivals unshaped by greeter, form desk or first turn"
        assert abs(cause.left) < 0.3

    def test_a_greeter_who_is_rarely_away_for_long(self, counter, windows, explained):
        """Two differences with a cause each: the line of the greeter, and who comes out of it in bursts."""
        lesson = {"minutes": 0.6, "side_tasks": {"lesson": {"share": 0.03, "minutes": 20}}}
        found = explained(counter(channels={"lobby": LOBBY | lesson}, skills=TELLER), windows(greeters=1))
        assert found["lobby"].cause.assumption == "variability of the greeter's time"
        assert found["counter"].cause.assumption == "arrivals unshaped by greeter, form desk or first turn"
        assert max(abs(each.cause.left) for each in found.values()) < 0.25

    def test_forms_that_are_often_wrong(self, counter, explained):
        """The evaluation lets the second turn come in the period of the first, as one more customer."""
        form = {"share": 1.0, "desk_minutes": 10, "window_minutes": 3, "wrong": 0.3}
        cause = explained(counter(transactions={"deposit": {"form": form}}))["counter"].cause
        assert cause.assumption == "arrivals unshaped by greeter, form desk or first turn"
        assert abs(cause.left) < 0.3

    def test_patience_that_hardly_varies(self, counter, windows, explained):
        steady = {"all": {"patience": 10, "patience_distribution": "gamma", "patience_scv": 0.1}}
        cause = explained(counter(tiers=steady), windows(roles=SCARCE))["counter"].cause
        assert cause.assumption == "exponential patience"
        assert abs(cause.left) < 0.05

    def test_a_line_that_is_full(self, counter, explained):
        cause = explained(counter(channels={"counter": {"queue_capacity": 5}}))["counter"].cause
        assert cause.assumption == "lines without a limit"
        assert abs(cause.left) < 0.1

    def test_short_breaks_that_close_a_window(self, counter, windows, explained):
        shifts = {"short_breaks": 2, "short_break_minutes": 20}
        branch = counter(skills={"teller": {"shifts": shifts}}, arrivals={"weekday": {"deposit": {"all": (12.0,) * 8}}})
        staff = [{"skill": "teller", "shift": {"start": "09:00", "end": "13:00"}, "people": 2}]
        plan = {"windows": {"counter": [2] * 8}, "shifts": staff}
        cause = explained(branch, Policy(days={"weekday": plan}))["counter"].cause
        assert cause.assumption == "nobody away on a short break"
        assert abs(cause.left) < 0.1


class TestTrials:
    @pytest.fixture
    def comparison(self):
        return Comparison(
            "weekday", "counter", "mean_wait", None, None, None, 2.0, 3.0, 0.1, 1000, 80, 0.0, Outcome.WORSE
        )

    def test_an_assumption_explains_what_leaves_no_more_than_half(self, comparison):
        assert Explanation(comparison, ()).cause is None
        half, more = (Trial("priority", 2.0, 2.5, 0.1, left) for left in (0.5, 0.51))
        assert Explanation(comparison, (half, more)).cause is half
        assert Explanation(comparison, (more,)).cause is None

    def test_too_much_is_no_explanation_either(self, comparison):
        assert Explanation(comparison, (Trial("priority", 2.0, 1.0, 0.1, -1.0),)).cause is None

    def test_those_that_leave_least_come_first(self, counter, explained):
        varied = {"counter": {"service": {"deposit": {"mean": 4, "scv": 3, "distribution": "lognormal"}}}}
        trials = explained(counter(channels=varied, busyness_scv=0.02))["counter"].trials
        assert {trial.assumption for trial in trials} == {"service variability", "busy and quiet days"}
        assert [abs(trial.left) for trial in trials] == sorted(abs(trial.left) for trial in trials)

    def test_only_the_worst_day_type_of_a_channel_is_explained(self, counter, windows, explained):
        days = {"weekday": {"days": 60, "weekdays": ["monday"]}, "friday": {"days": 12, "weekdays": ["friday"]}}
        hours = {"open": "09:00", "close": "13:00"}
        branch = counter(
            day_types=days, opening={"friday": hours}, channels={"counter": {"queue_capacity": 4}},
            skills={"teller": {"available": {"friday": 4}}},
            arrivals={"friday": {"deposit": {"all": (16.0,) * 8}}},
        )  # fmt: skip
        found = verify(branch, evaluate(branch, windows("weekday", "friday")), VerifyOptions(days=1000))
        assert {c.day_type for c in found.comparisons if c.outcome is Outcome.BETTER} == {"weekday", "friday"}
        (explanation,) = found.explanations
        assert explanation.comparison.day_type == "friday"

    def test_nothing_is_tried_that_changes_nothing(self, counter, windows):
        varied = {"counter": {"service": {"deposit": {"mean": 4, "scv": 3, "distribution": "lognormal"}}}}
        branch, told = counter(channels=varied), []
        judged = evaluate(branch, windows())
        found = comparisons(judged, simulate(branch, windows(), Replications(2000, 1)), 0.05, 0.1)
        explanations(branch, judged, found, Replications(200, 1), lambda done, most: told.append((done, most)))
        assert told == [(1, 1)]

    def test_the_greeter_has_no_stage_before_it(self, counter, windows, written):
        branch = counter(channels={"lobby": LOBBY}, skills=TELLER)
        policy = windows(greeters=1)
        judged = evaluate(branch, policy)
        wait = judged.days["weekday"].channels["lobby"].mean_wait
        simulation = written(judged, {("weekday", "lobby", None, "mean_wait", None): (2 * wait, 0.0)})
        (explanation,) = explanations(branch, judged, comparisons(judged, simulation, 0.05, 0.1), Replications(60, 1))
        assert explanation.comparison.channel == "lobby"
        assert explanation.trials == ()


class TestAssumptions:
    """Each is made true in the hall, and nothing else is changed."""

    def test_none_has_the_name_of_a_model(self):
        assert not set(HALL_CHANGES) & set(MODELS)

    @pytest.fixture
    def hall(self, counter):
        atm = {"kind": "machine", "units": 1, "failures_per_day": 2, "repair_minutes": 20, "come_back": 0.3,
               "service": {"deposit": {"mean": 2}}}  # fmt: skip
        branch = counter(
            head_start=5, channels={"counter": {"queue_capacity": 9}, "atm": atm},
            tiers={"all": {"patience_distribution": "gamma", "patience_scv": 0.2}},
            transactions={"deposit": {"amount": {"distribution": "lognormal", "log_mean": 9.0, "log_sd": 1.0}}},
            diversions={"to_atm": {"transaction": "deposit", "to": "atm", "thresholds": [0, 9000], "able": 1.0,
                                   "compliance": [0.5]}},
            queue_rules={"divert_from": [0, 2]},
            skills={"teller": {"shifts": {"short_breaks": 1, "short_break_minutes": 15}}},
        )  # fmt: skip
        staff = [{"skill": "teller", "shift": {"start": "09:00", "end": "13:00"}, "people": 3}]
        plan = {"windows": {"counter": WINDOWS}, "shifts": staff}
        policy = Policy(days={"weekday": plan}, thresholds={"to_atm": 9000}, divert_from=2)
        return branch, branch_hall(branch, policy, "weekday"), evaluate(branch, policy).days["weekday"]

    @pytest.mark.parametrize("name", list(GIVEN))
    def test_it_changes_a_hall_once(self, hall, name):
        branch, given, day = hall
        changed = GIVEN[name](branch, given, day)
        assert changed != given
        assert GIVEN[name](branch, changed, day) == changed

    def test_they_are_about_different_things(self, hall):
        branch, given, day = hall
        one = given
        for change in GIVEN.values():
            one = change(branch, one, day)
        other = given
        for change in reversed(GIVEN.values()):
            other = change(branch, other, day)
        assert one == other
        (each,) = one.classes
        assert one.head_start is None
        assert {station.capacity for station in one.stations} == {None}
        assert one.stations[0].servers == ((0.0, 2), (60.0, 3), (120.0, 2), (210.0, 1))
        assert {(visit.patience.family, visit.patience.mean, visit.come_back) for visit in each.visits.values()} == {
            ("exponential", 25.0, 0.0)
        }
        assert each.advice == replace(given.classes[0].advice, when_waiting=0)

    def test_patience_without_an_end_stays_so(self, counter, windows):
        branch = counter(tiers={"all": {"patience": None}})
        given = branch_hall(branch, windows(), "weekday")
        assert GIVEN["exponential patience"](branch, given, evaluate(branch, windows()).days["weekday"]) == given
