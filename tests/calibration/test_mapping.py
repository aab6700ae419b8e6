import datetime as dt
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.calibration import headers
from optimizer.calibration.guessing import guess_mapping
from optimizer.calibration.mapping import Mapping, layout_of, mapping_text, read_mapping
from optimizer.calibration.reading import read_log
from optimizer.errors import DataRefused

WHOLE = {
    "encoding": "gb18030",
    "separator": ";",
    "skip_lines": 2,
    "columns": {
        "date": "日期",
        "arrival": ["queue start", "vru_exit"],
        "ended": "end",
        "outcome": "状态",
        "tier": "级",
    },
    "formats": {"dates": ["%y%m%d", "iso"], "times": ["%H:%M"], "zero_is_never": True, "tolerance": 0.5},
    "zones": {"log": "UTC", "branch": "Asia/Shanghai"},
    "outcomes": {"served": ["done", "ok"], "left_out": ['test "x"\n']},
    "required": {"served": ["ended"]},
    "values": {"tier": {"1": "vip", "VIP 客户": "vip"}, "teller": {"none": ""}},
    "defaults": {"date": dt.date(2026, 1, 5), "channel": "cash"},
}


def faults_of(raw):
    with pytest.raises(DataRefused) as refused:
        layout_of(raw, Mapping)
    return {fault.place: fault for fault in refused.value.faults}


def test_a_mapping_is_read_as_it_was_written(tmp_path):
    mapping = layout_of(WHOLE, Mapping)
    path = tmp_path / "mapping.toml"
    path.write_text(mapping_text(mapping), encoding="utf-8")
    assert read_mapping(path) == mapping


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))
    )
)
def test_any_names_survive_writing(tmp_path_factory, names):
    mapping = layout_of({"columns": {"arrival": "a"}, "values": {"teller": names}}, Mapping)
    path = tmp_path_factory.getbasetemp() / "names.toml"
    path.write_text(mapping_text(mapping), encoding="utf-8", newline="")
    assert read_mapping(path) == mapping


def test_all_faults_are_told_at_once():
    raw = {
        "columns": {"called": "x", "arival": "y"},
        "formats": {"dates": ["%Q"], "times": [], "tolerance": -1},
        "zones": {"log": "Mars/Olympus"},
        "outcomes": {"served": ["a"], "abandoned": ["a"]},
        "encoding": "klingon",
        "colour": "red",
    }
    assert set(faults_of(raw)) == {
        "columns.arrival", "columns.arival", "formats.dates", "formats.times", "formats.tolerance", "zones.log",
        "outcomes", "encoding", "colour",
    }  # fmt: skip


def test_an_outcome_column_needs_its_meanings():
    assert "mapping" in faults_of({"columns": {"arrival": "a", "outcome": "o"}})


def test_a_duration_has_one_unit():
    assert "columns" in faults_of({"columns": {"arrival": "a", "wait_minutes": "w", "wait_seconds": "w"}})


def test_only_moments_can_be_required():
    assert "mapping" in faults_of({"columns": {"arrival": "a"}, "required": {"served": ["amount"]}})


@pytest.mark.parametrize("text", [b"\xff\xfe", b"columns = [", b"columns = 3", b""])
def test_what_is_no_mapping_is_refused(tmp_path, text):
    path = tmp_path / "mapping.toml"
    path.write_bytes(text)
    with pytest.raises(DataRefused):
        read_mapping(path)


def test_a_mapping_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataRefused, match=r"none\.toml: file: 'not there': expected a mapping"):
        read_mapping(tmp_path / "none.toml")
    with pytest.raises(DataRefused, match="file: 'a folder'"):
        read_mapping(tmp_path)


@pytest.mark.parametrize(
    "raw",
    [{}, {"columns": {"arrival": "a", "outcome": "o"}}, {"columns": {"arrival": "a"}, "required": {"served": ["x"]}}],
)
def test_what_is_not_given_is_said_in_words(raw):
    assert all(isinstance(fault.value, str) for fault in faults_of(raw).values())


def test_no_name_of_a_column_means_two_things():
    names = [name for known in headers.COLUMNS.values() for name in known]
    assert len(names) == len(set(names))
    assert all(headers.plain(name) == name for name in names)


CHINESE = (
    "票号,业务类型,客户等级,取号时间,叫号时间,开始时间,结束时间,窗口,柜员,状态,金额\n"
    'A001,存款,普通,2026/1/5 9:00:01,2026/1/5 9:02:00,2026/1/5 9:02:10,2026/1/5 9:05:00,3,88,已完成,"20,000"\n'
    "A002,取款,贵宾,2026/1/5 9:01:00,2026/1/5 9:03:00,,,2,87,弃号,\n"
)
ALL_CHINESE = {
    "number": "票号", "transaction": "业务类型", "tier": "客户等级", "arrival": "取号时间", "called": "叫号时间",
    "started": "开始时间", "ended": "结束时间", "window": "窗口", "teller": "柜员", "outcome": "状态", "amount": "金额",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_names_are_known(tmp_path, encoding):
    path = tmp_path / "log.csv"
    path.write_bytes(CHINESE.encode(encoding))
    guess = guess_mapping(path)
    assert guess.mapping.columns.given() == {kind: (name,) for kind, name in ALL_CHINESE.items()}
    assert guess.mapping.outcomes.served == ("已完成",)
    assert guess.mapping.outcomes.no_show == ("弃号",)


def test_formats_are_found_in_the_values(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("day;taken;start;end\n05.01.2026;9:00;9:01;9:05\n31.01.2026;09:10;9:10;9:15\n2026-02-01;9:00;;\n")
    mapping = guess_mapping(path).mapping
    assert mapping.formats.dates == ("%d.%m.%Y", "iso")
    assert mapping.formats.times == ("iso",)
    assert not mapping.formats.zero_is_never


def test_a_date_that_may_be_read_in_two_ways_is_told(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("day,taken\n05/01/2026,9:00\n06/01/2026,9:10\n")
    assert any("could also be written as %m/%d/%Y" in note for note in guess_mapping(path).notes)


def test_a_time_of_zero_that_cannot_have_been_is_never(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("date,taken,called,end\n2026-01-05,9:00:00,0:00:00,0:00:00\n2026-01-05,9:05:00,9:06:00,9:09:00\n")
    assert guess_mapping(path).mapping.formats.zero_is_never


@pytest.mark.parametrize("zero", ["0", "0:00", "00:00", "0:00:00", "0000-00-00 00:00:00", "0000-00-00"])
@pytest.mark.parametrize("day", ["2026-01-05 ", "2026/1/5 "])
def test_zeros_among_moments_are_found_to_mean_never(tmp_path, day, zero):
    path = tmp_path / "log.csv"
    served = [f"{day}9:{n:02}:00,{day}9:{n:02}:30,{day}9:{n + 1:02}:00,A" for n in range(9)]
    path.write_text("\n".join(["taken,called,end,status", *served, f"{day}9:30:00,{zero},{zero},B"]))
    guess = guess_mapping(path).mapping
    assert guess.formats.zero_is_never
    assert guess.outcomes.abandoned == ("B",)
    log = read_log(path, guess)
    last = "SELECT called, ended, outcome FROM tickets ORDER BY row DESC"
    assert log.connection.execute(last).fetchone() == (None, None, "abandoned")


def test_moments_without_zeros_are_not_guessed_to_have_any(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("taken,called\n2026-01-05 9:00:00,2026-01-05 9:01:00\n2026-01-05 10:00:00,\n")
    assert not guess_mapping(path).mapping.formats.zero_is_never


def test_a_log_without_dates_is_put_on_no_invented_day(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("taken,called\n9:00:00,9:01:00\n")
    with pytest.raises(DataRefused) as refused:
        guess_mapping(path)
    (fault,) = refused.value.faults
    assert (fault.file, fault.place, fault.value) == ("log.csv", "taken", "9:00:00")
    assert "column of dates" in fault.expected
    assert "[defaults]" in fault.expected


def test_the_day_in_the_name_of_one_file_is_not_that_of_the_others(tmp_path):
    paths = [tmp_path / f"log_2026-03-0{n}.csv" for n in (2, 3)]
    for path in paths:
        path.write_text("taken\n9:00\n")
    with pytest.raises(DataRefused, match="column of dates"):
        guess_mapping(paths)


def test_names_of_columns_above_no_rows_are_refused_as_that(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("ticket,taken,called\n")
    with pytest.raises(DataRefused, match=r"log\.csv: rows: 0: expected at least one row"):
        guess_mapping(path)


def test_a_log_without_dates_takes_the_one_in_its_name(tmp_path):
    path = tmp_path / "log_2026-03-02.csv.gz"
    path.write_bytes(gzip.compress(b"taken,wait time,service time\n9:00,3.5,250\n9:01,4,300\n"))
    guess = guess_mapping(path)
    assert guess.mapping.defaults.date == dt.date(2026, 3, 2)
    assert guess.mapping.columns.wait_minutes == ("wait time",)
    assert guess.mapping.columns.service_seconds == ("service time",)


def test_an_unknown_outcome_is_judged_by_what_happened(tmp_path):
    path = tmp_path / "log.csv"
    rows = ["taken,called,ended,status"]
    rows += [f"2026-01-05 9:{n:02}:00,2026-01-05 9:{n:02}:30,2026-01-05 9:{n + 1:02}:00,X1" for n in range(9)]
    rows += ["2026-01-05 9:20:00,2026-01-05 9:21:00,,X2", "2026-01-05 9:20:00,,,X3"]
    path.write_text("\n".join(rows))
    assert guess_mapping(path).mapping.outcomes.meanings() == {
        "served": ("X1",), "abandoned": ("X3",), "no_show": ("X2",), "left_out": (),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["name,colour\nAnn,red\n", "taken\nred\n", json.dumps({"taken": [1, 2]}), "\n\n\n"])
def test_a_table_without_arrivals_is_refused(tmp_path, text):
    path = tmp_path / "log.csv"
    path.write_text(text)
    with pytest.raises(DataRefused):
        guess_mapping(path)
