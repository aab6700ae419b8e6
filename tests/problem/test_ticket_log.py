"""A ticket log is read into days, or refused with every fault."""

import math

import pytest

from optimizer.errors import DataRefused
from optimizer.problem import read_ticket_log

HEADER = ["date", "day_type", "arrival", "transaction", "tier", "service_minutes"]
ROWS = [
    ["2026-11-03", "weekday", "09:40", "deposit", "ordinary", "4.5"],
    ["2026-11-02", "weekday", "12:59:30", "withdrawal", "vip", ""],
    ["2026-11-02", "weekday", "9:00", "withdrawal", "ordinary", "3"],
    ["2026-11-07", "saturday", "10:00:30", "advice", "ordinary", "0"],
    ["2026-11-02", "weekday", "09:00", "deposit", "ordinary", "2"],
]


@pytest.fixture
def read(tmp_path, small_branch, write_files):
    """A function that reads a log of the small branch from rows or text."""

    def reading(content, name="log.csv"):
        return read_ticket_log(write_files(tmp_path, {name: content}) / name, small_branch)

    return reading


@pytest.fixture
def faults(read):
    """A function that gives the faults of a log as (place, value, expected)."""

    def refused(content):
        with pytest.raises(DataRefused) as told:
            read(content)
        assert {fault.file for fault in told.value.faults} == {"log.csv"}
        return [(fault.place, fault.value, fault.expected) for fault in told.value.faults]

    return refused


def test_days_stand_in_the_order_of_their_labels_and_customers_in_the_order_of_coming(read):
    monday, tuesday, saturday = read([HEADER, *ROWS])
    assert [day.date for day in (monday, tuesday, saturday)] == ["2026-11-02", "2026-11-03", "2026-11-07"]
    assert [day.day_type for day in (monday, tuesday, saturday)] == ["weekday", "weekday", "saturday"]
    assert monday.moments == (0.0, 0.0, 239.5)
    assert monday.classes == (("withdrawal", "ordinary"), ("deposit", "ordinary"), ("withdrawal", "vip"))
    assert monday.service[:2] == (3.0, 2.0)
    assert math.isnan(monday.service[2])
    assert saturday.moments == (0.5,)
    assert saturday.service == (0.0,)


def test_the_order_of_columns_does_not_matter(read):
    assert read([[*reversed(HEADER)], *([*reversed(row)] for row in ROWS[2:3])]) == read([HEADER, ROWS[2]])


def test_service_times_may_be_left_out(read):
    (day, *_) = read([HEADER[:-1], *(row[:-1] for row in ROWS)])
    assert all(map(math.isnan, day.service))


def test_seconds_may_have_decimals(read):
    (day,) = read([HEADER, ["a", "weekday", "09:00:01.5", *ROWS[0][3:]]])
    assert day.moments == (pytest.approx(0.025, abs=1e-12),)


def test_a_spreadsheets_mark_of_utf_8_is_no_part_of_the_first_column(read):
    assert len(read("\ufeff" + "\n".join(map(",".join, [HEADER, *ROWS])))) == 3


def test_every_fault_is_told_at_once_with_line_and_column(faults):
    assert faults([
        HEADER,
        ["2026-11-02", "weekday", "08:59:59", "withdrawal", "ordinary", "3"],
        ["2026-11-02", "weekday", "13:00", "loan", "gold", "-1"],
        ["2026-11-02", "saturday", "10:30", "loan", "ordinary", "nan"],
        ["", "sunday", "25:00", "deposit", "ordinary", "long"],
        ["2026-11-03", "sunday", "09:61", "deposit", "ordinary", "inf"],
        ["2026-11-03", "weekday"],
    ]) == [
        ("line 7", "2 values", "6 values, one for each column"),
        ("line 2, arrival", "08:59:59", "a time from 09:00 on and before 13:00, when the door is open"),
        ("line 3, transaction", "loan", "one of withdrawal, deposit, opening, advice"),
        ("line 3, tier", "gold", "one of ordinary, vip"),
        ("line 3, arrival", "13:00", "a time from 09:00 on and before 13:00, when the door is open"),
        ("line 3, service_minutes", "-1", "minutes from 0 to 1440, or nothing where it is not known"),
        ("line 4, day_type", "saturday", "weekday, as line 2 says of 2026-11-02: a date is of one day type"),
        ("line 4, service_minutes", "nan", "minutes from 0 to 1440, or nothing where it is not known"),
        ("line 5, day_type", "sunday", "one of weekday, saturday"),
        ("line 5, date", "", "a date or another label of the day"),
        ("line 5, arrival", "25:00", 'a time of day as "HH:MM" or "HH:MM:SS"'),
        ("line 5, service_minutes", "long", "minutes from 0 to 1440, or nothing where it is not known"),
        ("line 6, arrival", "09:61", 'a time of day as "HH:MM" or "HH:MM:SS"'),
        ("line 6, service_minutes", "inf", "minutes from 0 to 1440, or nothing where it is not known"),
    ]  # fmt: skip


@pytest.mark.parametrize(("header", "told"), [
    ([*HEADER[:5], "service_minuets"], [("service_minuets", "no such column (is it misspelt?)")]),
    ([*HEADER, "tier"], [("tier", "each column once")]),
    (HEADER[2:], [(f"no column {name}", "the columns date,day_type,arrival,transaction,tier and, if known, "
                                        "service_minutes") for name in HEADER[:2]]),
])  # fmt: skip
def test_columns_that_are_not_known_are_refused(faults, header, told):
    assert faults([header, *(["x"] * len(header) for _ in range(2))]) == [("line 1", *each) for each in told]


def test_an_empty_log_is_refused(faults):
    assert faults([HEADER]) == [("file", "no rows", "a row for each customer")]


def test_a_file_that_cannot_be_read_is_refused(tmp_path, small_branch):
    with pytest.raises(DataRefused, match="No such file"):
        read_ticket_log(tmp_path / "nowhere.csv", small_branch)
    (tmp_path / "log.csv").write_bytes("date,客户".encode("gb18030"))
    with pytest.raises(DataRefused, match="a readable UTF-8 table"):
        read_ticket_log(tmp_path / "log.csv", small_branch)
