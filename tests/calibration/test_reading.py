import csv
import datetime as dt
import gzip
import random
import zipfile
from pathlib import Path

import duckdb
import pytest

from optimizer.calibration.mapping import Mapping, layout_of
from optimizer.calibration.reading import read_log
from optimizer.errors import DataRefused

COLUMNS = {
    "date": "day", "arrival": "taken", "called": "called", "started": "start", "ended": "end", "number": "no",
    "transaction": "what", "amount": "sum",
}  # fmt: skip
HEADER = "day,taken,called,start,end,no,what,sum\n"
ROW = "2026-01-05,9:00:00,9:01:00,9:01:10,9:05:00,{},deposit,500\n"


def mapping(columns=None, **parts):
    return layout_of({"columns": columns or COLUMNS, **parts}, Mapping)


@pytest.fixture
def read(tmp_path):
    def read_text(text, given=None, name="log.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return read_log(path, given or mapping(), **options)

    return read_text


def rows(log, columns="*"):
    return log.connection.execute(f"SELECT {columns} FROM tickets ORDER BY row").fetchall()


def rejected(log):
    return {rejection.reason: (rejection.count, rejection.lines) for rejection in log.rejections}


def test_a_row_becomes_a_ticket(read):
    log = read(HEADER + ROW.format("A012"))
    assert rows(log) == [
        (2, dt.date(2026, 1, 5), 540.0, 541.0, 541 + 1 / 6, 545.0, None, "served", 12, "counter", "deposit", "all",
         None, None, 500.0, None, None)
    ]  # fmt: skip


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("zipped", [False, True])
def test_separators_and_gz_are_found_out(read, separator, zipped):
    text = (HEADER + ROW.format(1) + ROW.format(2)).replace(",", separator).encode()
    assert read(gzip.compress(text) if zipped else text).tickets == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("zipped", [False, True])
def test_encodings_are_found_out(read, encoding, zipped):
    text = (HEADER + ROW.format(1).replace("deposit", "存款")).encode(encoding)
    assert rows(read(gzip.compress(text) if zipped else text), "transaction") == [("存款",)]


def test_an_encoding_that_shows_late_only_is_found_out(read):
    text = HEADER + "".join(ROW.format(n) for n in range(3000)) + ROW.format(3001).replace("deposit", "存款")
    log = read(text.encode("gb18030"))
    assert (log.tickets, log.rejections) == (3001, ())
    assert rows(log, "transaction")[-1] == ("存款",)


def test_parquet_is_read_as_csv_is(tmp_path, read):
    log = read(HEADER + ROW.format(1) + ROW.format(2))
    path = tmp_path / "log.parquet"
    kinds = {
        "day": "DATE",
        "taken": "TIME",
        "called": "TIME",
        "start": "TIME",
        "end": "TIME",
        "no": "INT",
        "sum": "DOUBLE",
    }
    typed = ", ".join(f"'{name}': '{kind}'" for name, kind in {**kinds, "what": "VARCHAR"}.items())
    duckdb.execute(f"COPY (SELECT * FROM read_csv('{tmp_path / 'log.csv'}', types={{{typed}}})) TO '{path}'")
    every = "* EXCLUDE (row)"
    assert rows(read_log(path, mapping()), every) == rows(log, every)


def test_parquet_with_whole_moments_needs_no_date(tmp_path):
    path = tmp_path / "log.parquet"
    duckdb.execute(
        "COPY (SELECT TIMESTAMP '2026-01-05 23:50:00' AS taken, TIMESTAMP '2026-01-06 00:10:00' AS start) TO"
        f" '{path}' (FORMAT parquet)"
    )
    log = read_log(path, mapping({"arrival": "taken", "started": "start"}))
    assert rows(log, "day, arrival, started") == [(dt.date(2026, 1, 5), 1430.0, 1450.0)]


def test_several_files_and_a_folder_are_one_log(tmp_path, read):
    text = HEADER + ROW.format(1) + "x" + ROW.format(2)
    (tmp_path / "a.csv").write_text(text)
    # Another order of columns, and one more.
    (tmp_path / "b.csv").write_text("no,extra,day,taken,called,start,end,what,sum\n7,-,2026-01-06,9:00,,,,deposit,\n")
    for given in (tmp_path, [tmp_path / "a.csv", tmp_path / "b.csv"]):
        log = read_log(given, mapping())
        assert rows(log, "row, number") == [(2, 1), (5, 7)]
        assert rejected(log) == {"date is not a date": (1, (3,))}
        assert log.rejections[0].example == "a.csv: x2026-01-05"


def test_times_after_midnight_are_of_the_next_day(read):
    log = read(HEADER + "2026-01-05,23:55:00,0:02:00,0:03:00,0:09:00,1,deposit,\n")
    assert rows(log, "day, arrival, called, started, ended") == [(dt.date(2026, 1, 5), 1435.0, 1442.0, 1443.0, 1449.0)]


def test_two_formats_of_dates_may_be_mixed(read):
    text = HEADER + ROW.format(1) + ROW.format(2).replace("2026-01-05", "31/12/2025") + ROW.format(3).replace("-", "")
    log = read(text, mapping(formats={"dates": ["iso", "%d/%m/%Y", "%Y%m%d"]}))
    assert rows(log, "day") == [(dt.date(2026, 1, 5),), (dt.date(2025, 12, 31),), (dt.date(2026, 1, 5),)]


def test_zero_is_never_where_the_mapping_says_so(read):
    text = HEADER + "2026-01-05,9:00:00,0:00:00,0:00:00,0:00:00,1,deposit,\n"
    log = read(text, mapping(formats={"zero_is_never": True}))
    assert rows(log, "called, started, ended, outcome") == [(None, None, None, "abandoned")]
    with pytest.raises(DataRefused):
        read(text)


@pytest.mark.parametrize("zero", ["0", "0:00", "00:00", "0000-00-00 00:00:00", "0000-00-00", ""])
def test_zeros_of_any_kind_and_nothing_are_never(read, zero):
    given = mapping({"arrival": "taken", "called": "called", "ended": "end"}, formats={"zero_is_never": True})
    log = read(f"taken,called,end\n2026-01-05 9:00:00,{zero},{zero}\n", given)
    assert rows(log, "arrival, called, ended") == [(540.0, None, None)]
    dated = mapping(formats={"zero_is_never": True})
    assert rows(read(HEADER + f"2026-01-05,9:00,{zero},{zero},{zero},1,deposit,\n", dated), "called, ended") == [
        (None,) * 2
    ]


def test_times_whose_day_nothing_tells_are_refused(read):
    with pytest.raises(DataRefused, match=r"'9:00:00': expected a column of dates.*\[defaults\]"):
        read("taken\n9:00:00\n", mapping({"arrival": "taken"}))
    with pytest.raises(DataRefused, match="called is before arrival"):
        read("taken,called\n2026-01-05 9:00,2026-01-05 8:00\n", mapping({"arrival": "taken", "called": "called"}))


def test_the_first_column_that_stands_is_the_arrival(read):
    given = mapping({"date": "day", "arrival": ["queued", "came"]}, formats={"zero_is_never": True})
    log = read("day,queued,came\n2026-01-05,9:01,9:00\n2026-01-05,0:00:00,9:02\n2026-01-05,,\n", given)
    assert rows(log, "arrival") == [(541.0,), (542.0,)]
    assert rejected(log) == {"arrival is missing": (1, (4,))}


def test_moments_are_told_on_the_clock_of_the_branch(read):
    given = mapping(
        {"arrival": "taken", "ended": "end"}, zones={"log": "UTC", "branch": "Asia/Shanghai"},
    )  # fmt: skip
    log = read("taken,end\n2026-01-04 23:30:00,2026-01-05 00:10:00\n2026-01-05 01:00:00,2026-01-05 01:05:00\n", given)
    assert rows(log, "day, arrival, ended") == [
        (dt.date(2026, 1, 5), 450.0, 490.0),
        (dt.date(2026, 1, 5), 540.0, 545.0),
    ]


def test_durations_give_the_moments_that_the_log_lacks(read):
    given = mapping(
        {"date": "day", "arrival": "taken", "wait_seconds": "wait", "service_minutes": "service", "outcome": "how"},
        outcomes={"served": ["done"], "abandoned": ["left"]},
    )
    log = read("day,taken,wait,service,how\n2026-01-05,9:00,90,2.5,done\n2026-01-05,9:00,30,,left\n", given)
    assert rows(log, "started, ended, left_at") == [(541.5, 544.0, None), (None, None, 540.5)]


def test_durations_may_be_written_as_a_clock(read):
    given = mapping({"date": "day", "arrival": "taken", "wait_minutes": "wait"})
    assert rows(read("day,taken,wait\n2026-01-05,9:00,0:01:30\n", given), "started") == [(541.5,)]


def test_outcomes_follow_from_what_happened_where_none_is_given(read):
    text = HEADER + ROW.format(1) + "2026-01-05,9:00,9:05,,,2,a,\n2026-01-05,9:00,,,,3,a,\n"
    assert rows(read(text), "outcome") == [("served",), ("no_show",), ("abandoned",)]


def test_outcomes_are_those_of_the_mapping(read):
    given = mapping(
        {"date": "day", "arrival": "taken", "called": "called", "outcome": "how"},
        outcomes={"served": ["ok", "it's done"], "abandoned": ["left"], "no_show": ["absent"], "left_out": ["test"]},
        required={"no_show": ["called"]},
    )
    lines = [f"2026-01-05,9:00,9:05,{how}" for how in ("ok", "it's done", "left", "absent", "test", "what", "")]
    log = read("\n".join(["day,taken,called,how", *lines, "2026-01-05,9:00,,absent"]), given)
    found = [("served", 545.0), ("served", 545.0), ("abandoned", None), ("no_show", 545.0), ("served", 545.0)]
    # The last has no outcome, and was called: this log knows nothing else of a service.
    assert rows(log, "outcome, called") == found
    assert rejected(log) == {
        "outcome test is left out": (1, (6,)), "outcome is unknown": (1, (7,)), "no_show without called": (1, (9,)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason", "example"),
    [
        ("2026-13-05,9:00,,,,2,a,", "date is not a date", "2026-13-05"),
        (",9:00,,,,2,a,", "date is missing", ""),
        ("2026-01-05,25:00,,,,2,a,", "arrival is not a time", "25:00"),
        ("2026-01-05,,9:00,,,2,a,", "arrival is missing", ""),
        ("2026-01-05,9:00,noon,,,2,a,", "called is not a time", "noon"),
        ("2026-01-05,9:00,8:00,,,2,a,", "called is before arrival", "08:00:00"),
        ("2026-01-05,9:00,,8:58:59,,2,a,", "started is before arrival", "08:58:59"),
        ("2026-01-05,9:00,,9:10,9:09,2,a,", "ended is before started", "09:09:00"),
        ("2026-01-05,9:00,9:10,,9:09,2,a,", "ended is before called", "09:09:00"),
        ("2026-01-05,9:00,,,,2,a,much", "amount is not a number", "much"),
        ("2026-01-05,9:00,,,,none,a,", "number is not a number", "none"),
        ("2026-01-05,9:00", "not a row of the table (missing columns)", "2026-01-05,9:00"),
        ("2026-01-05,9:00,,,,2,a,,x", "not a row of the table (too many columns)", "2026-01-05,9:00,,,,2,a,,x"),
        (ROW.format(1).strip(), "row stands twice", "number 1"),
    ],
)
def test_a_row_that_is_no_ticket_is_counted_with_its_line(read, row, reason, example):
    log = read(HEADER + ROW.format(1) + row + "\n" + ROW.format(3))
    assert rows(log, "number") == [(1,), (3,)]
    assert rejected(log) == {reason: (1, (3,))}
    assert log.rejections[0].example == example


def test_a_negative_duration_is_counted(read):
    given = mapping({"date": "day", "arrival": "taken", "wait_minutes": "wait", "service_seconds": "service"})
    log = read("day,taken,wait,service\n2026-01-05,9:00,1,60\n2026-01-05,9:00,-1,60\n2026-01-05,9:00,1,-60\n", given)
    assert rejected(log) == {"wait is negative": (1, (3,)), "service is negative": (1, (4,))}


def test_clocks_that_differ_by_little_are_forgiven(read):
    log = read(HEADER + "2026-01-05,9:00:30,9:00:00,9:00:10,9:05:00,1,a,\n")
    assert rows(log, "arrival, called, started, ended") == [(540.5, 540.5, 540.5, 545.0)]


def test_customers_who_look_the_same_are_kept_where_no_number_tells_them_apart(read):
    given = mapping({"date": "day", "arrival": "taken"})
    assert read("day,taken\n2026-01-05,9:00\n2026-01-05,9:00\n", given).tickets == 2


def test_at_most_five_lines_are_shown_of_a_reason(read):
    log = read(HEADER + ROW.format(1) + "x,9:00,,,,2,a,\n" * 8)
    assert rejected(log) == {"date is not a date": (8, (3, 4, 5, 6, 7))}


def test_names_are_those_of_the_mapping(read):
    given = mapping(
        {"date": "day", "arrival": "taken", "tier": "class", "teller": "who", "diverted": "machine", "window": "desk"},
        values={"tier": {"1": "vip"}, "teller": {"none": ""}},
        defaults={"tier": "ordinary", "channel": "cash", "transaction": "any"},
        formats={"absent": ["?"]},
    )
    log = read("day,taken,class,who,machine,desk\n2026-01-05,9:00,1, none ,是,3\n2026-01-05,9:00,?,Li,no,?\n", given)
    assert rows(log, "channel, transaction, tier, window_name, teller, diverted") == [
        ("cash", "any", "vip", "3", None, True), ("cash", "any", "ordinary", None, "Li", False),
    ]  # fmt: skip


def test_amounts_may_have_commas_and_a_currency(read):
    text = HEADER + "".join(
        f'2026-01-05,9:00,,,,{n},a,"{amount}"\n' for n, amount in enumerate(["1,234.50", "¥20,000", "300元"])
    )
    assert rows(read(text), "amount") == [(1234.5,), (20000.0,), (300.0,)]


def test_quoted_values_may_hold_separators_and_lines(read):
    log = read(HEADER + ROW.format(1).replace("deposit", '"cash,\n""big"""'))
    assert rows(log, "transaction") == [('cash, "big"',)]


def test_lines_before_the_names_are_skipped(read):
    log = read("Branch 7\nprinted today\n" + HEADER + ROW.format(1) + "x" + ROW.format(2), mapping(skip_lines=2))
    assert rows(log, "row") == [(4,)]
    assert rejected(log)["date is not a date"] == (1, (5,))


def test_progress_is_told_by_file(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(HEADER + ROW.format(1))
    told = []
    read_log(tmp_path, mapping(), report=lambda *news: told.append(news))
    assert told == [("files read", 0, 2), ("files read", 1, 2), ("files read", 2, 2)]


def test_temporary_files_go_with_the_log(read):
    log = read(HEADER + ROW.format(1))
    (path,) = log.connection.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL").fetchone()
    folder = Path(path).parent
    assert folder.exists()
    del log
    assert not folder.exists()


def truncated(text):
    packed = gzip.compress(text.encode())
    return packed[: len(packed) // 2]


def noise(n):
    return random.Random(n).randbytes(5000)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.csv"),
        (b"\n\n\n", "blank.csv"),
        (b" ", "space.csv"),
        (HEADER.encode(), "header.csv"),
        ((HEADER + "x,y,z,,,,,\n").encode(), "rejected.csv"),
        (noise(1), "binary.csv"),
        (b"PAR1" + noise(2), "broken.parquet"),
        (b"PK\x03\x04" + noise(3), "broken.xlsx"),
        (b"\xd0\xcf\x11\xe0" + noise(4), "broken.xls"),
        (b"\x1f\x8b" + noise(5), "broken.csv.gz"),
        (truncated(HEADER + "".join(ROW.format(n) for n in range(9999))), "half.csv.gz"),
        (b"a,b\n1,2\n", "other.csv"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_log_is_refused(read, data, name):
    with pytest.raises(DataRefused) as refused:
        read(data, name=name)
    assert all(fault.file and fault.expected for fault in refused.value.faults)


def test_every_column_that_is_not_there_is_told(read):
    with pytest.raises(DataRefused) as refused:
        read("a,b\n1,2\n")
    assert [(fault.place, fault.value) for fault in refused.value.faults] == [
        (f"columns.{kind}", name) for kind, name in mapping().columns.model_dump().items() if name for name in name
    ]
    assert "a, b" in refused.value.faults[0].expected


def test_a_column_that_is_not_there_is_told_by_the_file_of_the_mapping(read):
    with pytest.raises(DataRefused, match=r"mine\.toml: columns\.date: 'day'"):
        read("a,b\n1,2\n", place="mine.toml")


def test_files_that_are_not_there_are_refused(tmp_path):
    for given in (tmp_path / "none.csv", tmp_path, [], tmp_path / "no" / "way"):
        with pytest.raises(DataRefused) as refused:
            read_log(given, mapping())
        assert "None" not in str(refused.value)


def test_half_a_row_at_the_end_is_counted(read):
    log = read(HEADER + ROW.format(1) + ROW.format(2)[:20])
    assert log.tickets == 1
    assert sum(rejection.count for rejection in log.rejections) == 1


@pytest.mark.parametrize("more", [6, 60, 200_000])
def test_a_quote_that_never_ends_hides_no_row(read, more):
    text = HEADER + ROW.format(1) + ROW.format(2).replace("deposit", '"deposit')
    log = read(text + "".join(ROW.format(n) for n in range(3, 3 + more)))
    assert (log.tickets, log.rejections) == (2 + more, ())


def test_a_line_that_is_too_long_is_counted(read):
    log = read(HEADER + ROW.format(1) + "x" * 40_000_000 + "\n" + ROW.format(2))
    assert rows(log, "row, number") == [(2, 1), (4, 2)]
    assert rejected(log) == {"not a row of the table (missing columns)": (1, (3,))}


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "mixed"])
def test_lines_may_end_in_any_way(read, end):
    text = HEADER + "".join(ROW.format(n) for n in range(9))
    text = text.replace("\n", "\r\n", 4) if end == "mixed" else text.replace("\n", end)
    log = read(text)
    assert (log.tickets, log.rejections) == (9, ())


def test_a_log_larger_than_its_memory_is_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "taken", "what"])
        writer.writerows(["2026-01-05", f"{9 + n % 8}:{n % 60:02}:00", f"kind {n}"] for n in range(200_000))
    given = mapping({"date": "day", "arrival": "taken", "transaction": "what"})
    assert read_log(path, given, memory="400MB").tickets == 200_000


OPEN = "http://schemas.openxmlformats.org"
MAIN, LINKS, PACKAGE = (
    f"{OPEN}/spreadsheetml/2006/main",
    f"{OPEN}/officeDocument/2006/relationships",
    f"{OPEN}/package/2006",
)
LINK = '<Relationship Id="{}" Type="' + LINKS + '/{}" Target="{}"/>'
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{rows}}</sheetData></worksheet>'
BOOK = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f"{LINK.format('r1', 'officeDocument', 'xl/workbook.xml')}</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="March" sheetId="1" r:id="r1"/>'
    "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f"{LINK.format('r1', 'worksheet', 'worksheets/sheet1.xml')}{LINK.format('r2', 'styles', 'styles.xml')}"
    "</Relationships>",
    # Style 1 is a date, 2 a time, 3 both.
    "xl/styles.xml": '<styleSheet xmlns="' + MAIN + '"><cellXfs count="4">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="21"/><xf numFmtId="22"/></cellXfs></styleSheet>',
}  # fmt: skip


@pytest.fixture
def workbook(tmp_path):
    def write(rows):
        def cell(value):
            if isinstance(value, str):
                return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
            number, style = value
            return f'<c s="{style}"><v>{number}</v></c>'

        path = tmp_path / "log.xlsx"
        with zipfile.ZipFile(path, "w") as file:
            for name, text in BOOK.items():
                file.writestr(name, text)
            lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            file.writestr("xl/worksheets/sheet1.xml", SHEET.format(rows=lines))
        return path

    return write


def test_a_workbook_with_dates_and_times_is_read(workbook):
    day = 46027  # 5 January 2026
    path = workbook([["day", "taken", "no\nof ticket"], [(day, 1), (0.375, 2), (7, 0)], [(day, 1), "9:30", "A8"]])
    given = mapping({"date": "day", "arrival": "taken", "number": "no of ticket"}, sheet="March")
    assert rows(read_log(path, given), "row, day, arrival, number") == [
        (2, dt.date(2026, 1, 5), 540.0, 7), (3, dt.date(2026, 1, 5), 570.0, 8),
    ]  # fmt: skip


def test_a_workbook_with_whole_moments_is_read(workbook):
    path = workbook([["taken"], [(46027.375, 3)], [(46028.5, 3)]])
    found = rows(read_log(path, mapping({"arrival": "taken"})), "day, arrival")
    assert found == [(dt.date(2026, 1, 5), 540.0), (dt.date(2026, 1, 6), 720.0)]


def test_a_sheet_that_is_not_there_is_refused(workbook):
    with pytest.raises(DataRefused, match="March"):
        read_log(workbook([["taken"]]), mapping({"arrival": "taken"}, sheet="April"))
