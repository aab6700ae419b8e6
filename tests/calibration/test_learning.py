import numpy as np
import pytest

from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.calendar import CalendarRules
from optimizer.calibration.draft import Source
from optimizer.calibration.guessing import guess_mapping
from optimizer.calibration.learning import learn
from optimizer.calibration.log import log_of
from optimizer.calibration.log_days import days_by_log
from optimizer.calibration.names import bare, names_in
from optimizer.calibration.quarter import Quarter
from optimizer.calibration.reading import read_log
from optimizer.errors import DataRefused
from optimizer.reporting.learnt import learnt_lines
from optimizer.reporting.learnt_page import learnt_page


@pytest.fixture(scope="module")
def learnt(bank_log):
    return learn(read_log(bank_log, guess_mapping(bank_log).mapping))


def test_the_bank_opens_on_weekdays_from_nine_to_five(learnt):
    assert list(learnt.days.opening) == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert set(learnt.days.hours.values()) == {(540, 1020)}


def test_mondays_are_days_of_their_own_and_all_days_have_a_type(learnt):
    assert list(learnt.days.day_types) == ["monday", "tue_wed_thu_fri"]
    assert learnt.days.seen == {"monday": 4, "tue_wed_thu_fri": 16}
    assert learnt.days.left_out == 0


def test_days_are_those_of_the_quarter_that_follows_the_log(learnt):
    assert learnt.days.quarter == Quarter(2026, 2)
    assert {name: kind.days for name, kind in learnt.days.day_types.items()} == {"monday": 13, "tue_wed_thu_fri": 53}


def test_every_class_is_at_home_where_it_was_served(learnt):
    homes = {of_class: home for of_class, (home, _, _) in learnt.homes().items()}
    assert homes["withdrawal", "vip"] == homes["deposit", "ordinary"] == "cash"
    assert homes["opening", "vip"] == "general"


def test_windows_and_who_goes_first_are_seen(learnt):
    assert learnt.windows == 6
    assert learnt.busiest == {"cash": 3, "general": 3}
    assert learnt.before == {"ordinary": (), "vip": ("ordinary",)}


def test_intervals_hold_the_means_that_the_services_were_made_with(learnt):
    truth = {"withdrawal": 3.0, "deposit": 4.0, "opening": 14.0}
    for times in learnt.services:
        low, high = times.mean.interval()
        assert low < truth[times.transaction] < high
        assert times.family == "lognormal"


def test_all_customers_of_open_hours_are_counted(learnt):
    assert learnt.customers + sum(c.outside for c in learnt.counts.values()) == sum(learnt.days.customers.values())


def test_a_weekday_with_other_hours_keeps_them():
    rng = np.random.default_rng(1)
    days = [f"2026-03-{n:02d}" for n in range(2, 30)]  # four weeks from a Monday
    rows = [(day, 540 + rng.random() * (180 if n % 7 == 5 else 480)) for n, day in enumerate(days) if n % 7 != 6
            for _ in range(150)]  # fmt: skip
    log = log_of({"day": [r[0] for r in rows], "arrival": [r[1] for r in rows], "outcome": ["served"] * len(rows)})
    found = days_by_log(log, CalendarRules(), 30)
    assert found.opening["monday"] == (540, 1020)
    assert found.opening["saturday"] == (540, 720)
    assert "sunday" not in found.opening
    assert {kind.weekdays for kind in found.day_types.values()} >= {("saturday",)}


def test_two_days_alone_are_one_type():
    log = log_of({"day": ["2026-03-02", "2026-03-03"] * 30, "arrival": [600.0, 610.0] * 30, "outcome": ["served"] * 60})
    found = days_by_log(log, CalendarRules(), 30)
    assert list(found.day_types) == ["every_day"]
    assert found.learnt is None


def test_names_become_such_as_a_branch_may_have():
    assert [bare(text) for text in ("VIP gold!", "取款", "2nd", "a" * 50)] == ["vip_gold", "", "", "a" * 40]
    log = log_of({"day": ["2026-03-02"] * 3, "arrival": [600.0] * 3, "outcome": ["served"] * 3,
                  "transaction": ["取款", "7", "VIP gold"]})  # fmt: skip
    assert names_in(log, None).transaction == {"7": "transaction_7", "VIP gold": "vip_gold", "取款": "transaction_3"}


def test_names_that_the_base_lacks_are_all_told(small_branch):
    log = log_of({"day": ["2026-03-02"] * 2, "arrival": [600.0] * 2, "outcome": ["served"] * 2, "channel": ["cash"] * 2,
                  "transaction": ["withdrawal", "opera"], "tier": ["vip", "king"]})  # fmt: skip
    with pytest.raises(DataRefused) as refused:
        names_in(log, small_branch)
    assert [(fault.place, fault.value) for fault in refused.value.faults] == [
        ("transaction", "opera"),
        ("tier", "king"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"day": ["2026-03-02"], "arrival": [600.0], "outcome": ["served"]},
        {"day": ["2026-03-02"] * 2, "arrival": [600.0, 610.0], "left_at": [612.0] * 2, "outcome": ["abandoned"] * 2},
        {"day": ["2026-03-02"] * 2, "arrival": [600.0, 610.0], "outcome": ["abandoned"] * 2},
        {"day": ["2026-10-01"], "arrival": [600.0], "called": [600.0], "ended": [609.0], "outcome": ["served"]},
        {"day": ["2026-03-02"] * 2, "arrival": [1439.0, 1439.5], "called": [1439.0, 1442.0], "ended": [1444.0, 1450.0],
         "outcome": ["served"] * 2},
    ],
    ids=["no moments", "all gave up", "nobody knows when", "a holiday alone", "after midnight"],
)  # fmt: skip
def test_a_log_that_tells_next_to_nothing_makes_a_branch_all_the_same(columns):
    learnt = learn(log_of(columns))
    branch = written_branch(learnt).branch
    assert sum(sum(v) for t in branch.arrivals.values() for c in t.values() for v in c.values()) > 0


def test_numbers_that_nobody_answers_alone_are_no_log():
    with pytest.raises(DataRefused):
        learn(log_of({"day": ["2026-03-02"], "arrival": [600.0], "called": [601.0], "outcome": ["no_show"]}))


def test_any_log_makes_a_branch_that_is_whole():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(2, 400))
        day = np.datetime64("2026-01-01") + rng.integers(0, rng.integers(1, 40), n)
        arrival = rng.uniform(0, 1440, n)
        called = arrival + rng.exponential(5, n)
        outcome = rng.choice(["served", "abandoned", "no_show"], n, p=[0.8, 0.15, 0.05])
        log = log_of({
            "day": day.astype(str).tolist(), "arrival": arrival, "outcome": outcome,
            "called": np.where(outcome == "abandoned", np.nan, called),
            "ended": np.where(outcome == "served", called + rng.exponential(4, n), np.nan),
            "left_at": np.where(outcome == "abandoned", called, np.nan), "amount": rng.lognormal(8, 1, n).round(-2),
            "transaction": rng.choice(["Ä", "b b", "1"], n), "tier": rng.choice(["vip", "x"], n),
            "channel": rng.choice(["k", "m"], n),
        })  # fmt: skip
        assert written_branch(learn(log)).branch.classes


def test_patience_that_cannot_be_learnt_is_assumed_and_said_everywhere(bank_log):
    mapping = guess_mapping(bank_log).mapping
    columns = mapping.columns.model_copy(update={"left_at": ()})
    learnt = learn(read_log(bank_log, mapping.model_copy(update={"columns": columns})))
    written = written_branch(learnt)
    for found in learnt.patience:
        words = f"{found.unknown:,} gave up at unknown times: patience cannot be learnt; map left_at"
        [entry] = [entry for entry in written.entries if entry.what == f"tiers.{found.tier}.patience"]
        assert found.unknown > 0
        assert (entry.source, entry.value, entry.words) == (Source.ASSUMED, "never gives up", words)
        assert f"assumed: fill in; never gives up: {words}" in written.texts["branch.toml"]
        assert f"note: {found.tier}: {words}." in list(learnt_lines(learnt, written))
        assert words in learnt_page(learnt, written)
