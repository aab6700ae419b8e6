"""Tables that a planner gives: what they say, and every fault with its line."""

from datetime import date

import pytest

from optimizer.calibration.calendar import Override
from optimizer.calibration.planner_tables import Adjustment, read_adjustments, read_history, read_overrides
from optimizer.errors import DataRefused


@pytest.fixture
def written(tmp_path):
    """A function that writes a table and gives its path."""

    def write(text):
        path = tmp_path / "given.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def faults(written, small_branch):
    """A function that reads a table and gives its faults as (place, value, expected)."""

    def found(read, text):
        path = written(text)
        with pytest.raises(DataRefused) as refused:
            read(path, small_branch) if read is read_adjustments else read(path)
        assert {fault.file for fault in refused.value.faults} == {"given.csv"}
        return [(fault.place, fault.value, fault.expected) for fault in refused.value.faults]

    return found


def test_overrides_are_read(written):
    text = "\ufeffdate,kind,name\n2027-02-20,make_up,Spring Festival\n2027/2/5,closed,\n2027-02-20,pay_day,wages\n"
    assert read_overrides(written(text)) == (
        Override(date(2027, 2, 20), "make_up", "Spring Festival"),
        Override(date(2027, 2, 5), "closed", ""),
        Override(date(2027, 2, 20), "pay_day", "wages"),
    )


def test_columns_may_be_in_any_order(written):
    history = read_history(written("customers,date\n310,2026-01-06\n0,2026-01-05\n302.5,2026-01-07\n"))
    assert history.dates == (date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7))
    assert history.customers == (0.0, 310.0, 302.5)


def test_adjustments_are_read(written, small_branch):
    text = "from,to,transaction,tier,factor,reason\n2027-01-04,2027-01-08,deposit,all,1.3,closure next door\n"
    assert read_adjustments(written(text), small_branch) == (
        Adjustment(date(2027, 1, 4), date(2027, 1, 8), "deposit", "all", 1.3, "closure next door"),
    )


def test_every_fault_of_the_overrides_is_told(faults):
    text = ("date,kind,name\n2027-13-01,holiday,x\n2027-01-01,feast,x\n2027-01-02,holiday,a\n2027-01-02,make_up,b\n"
            "2027-01-03,closed,a\n2027-01-03,closed,a\n2027-01-04\n1066-10-14,holiday,Hastings\n")  # fmt: skip
    assert sorted(faults(read_overrides, text)) == sorted(
        [
            ("line 2, date", "2027-13-01", 'a date as "YYYY-MM-DD"'),
            ("line 3, kind", "feast", "one of holiday, make_up, ordinary, closed, pay_day, bill_day"),
            ("line 5, kind", "make_up", "holiday alone, as line 4 says of 2027-01-02"),
            ("line 7, kind", "closed", "closed alone, as line 6 says of 2027-01-03"),
            ("line 8", "1 values", "3 values, one for each column"),
            ("line 9, date", "1066-10-14", 'a date as "YYYY-MM-DD"'),
        ]
    )


def test_every_fault_of_the_history_is_told(faults):
    text = "date,customers\n2026-01-05,many\n2026-01-05,3\n5.1.2026,3\n2026-01-06,-1\n2026-01-07,inf\n2026-01-08,nan\n"
    assert faults(read_history, text) == [
        ("line 2, customers", "many", "a number of at least 0"),
        ("line 3, date", "2026-01-05", "each date once; line 2 has it"),
        ("line 4, date", "5.1.2026", 'a date as "YYYY-MM-DD"'),
        ("line 5, customers", "-1", "a number of at least 0"),
        ("line 6, customers", "inf", "a number of at least 0"),
        ("line 7, customers", "nan", "a number of at least 0"),
    ]


def test_every_fault_of_the_adjustments_is_told(faults):
    text = ("from,to,transaction,tier,factor,reason\n2027-01-08,2027-01-04,all,all,1,late\n"
            "2027-01-04,2027-01-08,gold,silver,1,names\n2027-01-04,2027-01-08,all,vip,-1,sign\n"
            "2027-01-04,2027-01-08,all,vip,101,size\n2027-01-04,soon,all,vip,2, \n")  # fmt: skip
    assert faults(read_adjustments, text) == [
        ("line 2, to", "2027-01-04", "2027-01-08 or later"),
        ("line 3, transaction", "gold", "one of all, withdrawal, deposit, opening, advice"),
        ("line 3, tier", "silver", "one of all, ordinary, vip"),
        ("line 4, factor", "-1", "a number of at least 0"),
        ("line 5, factor", "101", "at most 100"),
        ("line 6, to", "soon", 'a date as "YYYY-MM-DD"'),
        ("line 6, reason", " ", "why, in words"),
    ]


@pytest.mark.parametrize("text", ["", "date\n", "date,customers,tier\n2026-01-05,3,vip\n", "day,customers\n"])
def test_other_columns_are_refused(faults, text):
    ((place, _, expected),) = faults(read_history, text)
    assert (place, expected) == ("line 1", "the columns date,customers")


def test_a_history_without_days_is_refused(faults):
    assert faults(read_history, "date,customers\n") == [("file", "no rows", "a row for each day")]


def test_a_table_of_overrides_without_rows_says_nothing(written):
    assert read_overrides(written("date,kind,name\n")) == ()


@pytest.mark.parametrize(
    "content", [b"date,customers\n2026-01-05,\xd2\xbb\n", b"\x00\x01\xff\xfe", b'date,"customers\n']
)
def test_a_file_that_is_no_table_is_refused(faults, content):
    assert len(faults(read_history, content)) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataRefused, match=r"none\.csv: file: .*No such file"):
        read_history(tmp_path / "none.csv")
