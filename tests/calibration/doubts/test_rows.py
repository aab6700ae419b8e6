"""Rows that contradict themselves or stand twice, days that are copies, services of seconds."""

import numpy as np
import pytest

from optimizer.calibration.doubts import Severity, doubts
from optimizer.calibration.log import Rejection, TicketLog, log_of
from optimizer.calibration.mapping import Mapping, layout_of
from optimizer.calibration.reading import read_log


@pytest.fixture(scope="module")
def columns(honest):
    return honest(8, days=3, windows=2, a_day=100.0, service=7.0, grid=1 / 60, named=True, scv=0.3, steady=1000.0)


@pytest.fixture
def found(log, columns):
    """A function that changes columns and gives the doubt of a check, or None."""

    def found(check, windows=None, **changes):
        return doubts(log(columns | changes), windows).named(check)

    return found


@pytest.mark.parametrize(
    "check",
    ["impossible order", "copied days", "duplicate rows", "short services", "two services at one window",
     "services beyond windows", "inversions", "clock jumps", "holes", "heaped moments"],
)  # fmt: skip
def test_nothing_is_found_where_nothing_is_wrong(found, check):
    assert found(check) is None


@pytest.mark.parametrize(
    ("share", "severity"), [(0.004, Severity.NOTE), (0.02, Severity.WARNING), (0.2, Severity.REFUSE)]
)
def test_ends_before_beginnings_are_told_by_their_share(found, columns, share, severity):
    ended = columns["ended"].copy()
    served = np.flatnonzero(np.isfinite(ended))
    wrong = served[: max(1, round(share * len(ended)))]
    ended[wrong] = columns["started"][wrong] - 1
    doubt = found("impossible order", ended=ended)
    assert doubt.severity is severity
    assert "started after ended" in doubt.words
    assert doubt.found["rows"] == len(wrong)


def test_rows_that_were_left_out_for_their_order_count(log, columns):
    read = log(columns)
    rejection = Rejection("started is before arrival", 100, (2,), "9:00")
    report = doubts(TicketLog(read.connection, "a table", (rejection,)))
    assert report.refused
    assert report.named("impossible order").found["rows"] == 100


def test_a_day_that_is_a_copy_is_refused(found, columns):
    first, second = np.unique(columns["day"])[:2]
    own = columns["day"] != second
    copied = np.flatnonzero(columns["day"] == first)
    rows = np.concatenate([np.flatnonzero(own), copied])
    changed = {name: column[rows] for name, column in columns.items()}
    changed["day"][own.sum() :] = second
    doubt = found("copied days", **changed)
    assert doubt.severity is Severity.REFUSE
    assert f"{first} and {second}" in doubt.words


def test_rows_that_stand_twice_are_a_warning(found, columns):
    rows = np.sort(np.concatenate([np.arange(len(columns["day"])), np.arange(0, len(columns["day"]), 20)]))
    doubt = found("duplicate rows", **{name: column[rows] for name, column in columns.items()})
    assert doubt.severity is Severity.WARNING
    assert doubt.found["share"] == pytest.approx(1 / 21, abs=0.002)


def test_services_of_seconds_are_a_warning(found, columns):
    ended = columns["ended"].copy()
    ended[::20] = (columns["started"] + 0.1)[::20]
    doubt = found("short services", ended=ended)
    assert doubt.severity is Severity.WARNING
    assert 0.03 < doubt.found["share"] < 0.06


def test_whole_minutes_say_nothing_of_seconds(honest, log):
    assert doubts(log(honest(8, grid=1.0, service=2.0))).named("short services") is None


def test_more_services_at_once_than_windows_are_refused(found):
    doubt = found("services beyond windows", windows=1)
    assert doubt.severity is Severity.REFUSE
    assert doubt.found["most"] == 2


def test_as_many_services_as_windows_are_permitted(found):
    assert found("services beyond windows", windows=2) is None


def test_services_at_windows_that_are_busy_are_refused(found, columns):
    names = np.where(
        columns["window_name"] == "", "", np.random.default_rng(1).choice(["w0", "w1"], len(columns["day"]))
    )
    assert found("two services at one window", window_name=names).severity is Severity.REFUSE


def test_a_name_that_all_share_is_no_window(found, columns):
    assert (
        found("two services at one window", window_name=np.full(len(columns["day"]), "hall")).severity
        is Severity.WARNING
    )


def test_a_log_without_tickets_is_refused():
    log = log_of({"day": ["2026-01-05"], "arrival": [540.0], "outcome": ["served"]})
    log.connection.execute("DELETE FROM tickets")
    assert doubts(log).lines() == ["refuse: tickets: there are none"]


def test_a_log_of_arrivals_only_is_not_refused():
    report = doubts(
        log_of({"day": ["2026-01-05"] * 300, "arrival": np.linspace(540, 900, 300), "outcome": ["served"] * 300})
    )
    assert not report.refused
    assert report.lines(Severity.WARNING) == []


@pytest.mark.parametrize(("odd", "severity"), [(1, Severity.NOTE), (10, Severity.WARNING), (60, Severity.REFUSE)])
def test_customers_who_gave_up_after_they_were_called_and_ended_are_told_by_their_share(odd, severity):
    moments = {"day": ["2026-01-05"] * 100, "arrival": np.linspace(540, 900, 100), "outcome": ["abandoned"] * 100}
    oddity = ["called_and_ended"] * odd + [None] * (100 - odd)
    doubt = doubts(log_of(moments | {"oddity": np.array(oddity, object)})).named("outcomes")
    assert doubt.severity is severity
    assert f"{odd} of 100 abandoned rows were called" in doubt.words


def test_outcomes_that_the_mapping_swaps_are_refused(tmp_path):
    rows = [f"2026-01-05 {9 + n // 60:02d}:{n % 60:02d}:00" for n in range(60)]
    served = [f"{row},{row[:-2]}10,{row[:-2]}50,served" for row in rows]
    gone = [f"{row[:-2]}05,,,abandoned" for row in rows[:15]]
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["taken,called,end,outcome", *served, *gone]) + "\n", encoding="utf-8")
    columns = {"arrival": "taken", "called": "called", "ended": "end", "outcome": "outcome"}

    def found(**outcomes):
        return doubts(read_log(path, layout_of({"columns": columns, "outcomes": outcomes}, Mapping))).named("outcomes")

    assert found(served=["served"], abandoned=["abandoned"]) is None
    doubt = found(served=["abandoned"], abandoned=["served"])
    assert doubt.severity is Severity.REFUSE
    assert "60 of 60 abandoned rows" in doubt.words
    assert "15 of 15 served rows" in doubt.words
    assert "[outcomes]" in doubt.words
