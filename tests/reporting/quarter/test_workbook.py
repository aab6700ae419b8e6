import copy
import io
import itertools
import re
import zipfile
from datetime import date, timedelta

import pytest

pytest.importorskip("xlsxwriter")
pytest.importorskip("python_calamine")
pytest.importorskip("openpyxl")

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import coordinate_to_tuple
from python_calamine import CalamineWorkbook

from optimizer.reporting.quarter.workbook import workbook_bytes

ALL = ["Summary", "Posters", "Calendar", "Dates", "Staffing", "Plans", "Roster", "Shifts", "People", "Uncovered",
       "Costs", "Service", "Frontier", "Hiring", "Why", "Changes", "Assumptions", "Notes"]  # fmt: skip


class Read:
    """A workbook read back: values as a program sees them, and formulas, formats and print set-up."""

    def __init__(self, content):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
        self.formulas = openpyxl.load_workbook(io.BytesIO(content))

    def value(self, sheet, cell):
        row, column = coordinate_to_tuple(cell)
        return self.sheets[sheet][row - 1][column - 1]

    def place(self, name):
        ((sheet, cells),) = self.formulas.defined_names[name].destinations
        return sheet, cells.replace("$", "")

    def named(self, name):
        """Formula and cached value of a cell with a name of its own."""
        sheet, cell = self.place(name)
        return self.formulas[sheet][cell].value, self.value(sheet, cell)

    def range(self, sheet, cells):
        """Values of a range of a sheet, or of one that has a name."""
        if cells in self.formulas.defined_names:
            sheet, cells = self.place(cells)
        left, top, right, bottom = range_boundaries(cells)
        return [cell for row in self.sheets[sheet][top - 1 : bottom] for cell in row[left - 1 : right]]

    def of_kind(self, kind):
        """Cells that hold a formula ("f"), with their sheets."""
        for sheet in self.formulas:
            for row in sheet.iter_rows():
                yield from ((sheet.title, cell) for cell in row if cell.data_type == kind)


@pytest.fixture(scope="module")
def english(quarter_structure):
    return Read(workbook_bytes(quarter_structure, "en"))


@pytest.fixture(scope="module")
def chinese(quarter_structure):
    return Read(workbook_bytes(quarter_structure, "zh"))


@pytest.fixture(scope="module")
def bare(bare_quarter_structure):
    return Read(workbook_bytes(bare_quarter_structure, "en"))


def table(book, sheet, heading):
    """Rows of the first table with this heading in its first column, as dictionaries."""
    rows = book.sheets[sheet]
    (head, *_) = [index for index, row in enumerate(rows) if row[0] == heading]
    width = next((i for i, cell in enumerate(rows[head]) if cell == ""), len(rows[head]))
    found = itertools.takewhile(lambda row: row[0] not in ("", "Total", "合计"), rows[head + 1 :])
    return [dict(zip(rows[head][:width], row, strict=False)) for row in found]


def computed(book, sheet, formula):
    """What one of the few kinds of formula yields that the workbook uses."""
    if found := re.fullmatch(r"=SUM\((.+)\)(?:\*(\d+)/60)?", formula):
        return sum(cell for cell in book.range(sheet, found[1]) if cell != "") * float(found[2] or 60) / 60
    if found := re.fullmatch(r'=COUNTIF\((.+),"\*:\*"\)', formula):
        return sum(":" in str(cell) for cell in book.range(sheet, found[1]))
    if found := re.fullmatch(r"=COUNTIF\((\w+),(\w+)\)", formula):
        return book.range(sheet, found[1]).count(book.value(sheet, found[2]))
    if found := re.fullmatch(r"=SUMIF\((\w+),(\w+),(\w+)\)", formula):
        keys, values = book.range(sheet, found[1]), book.range(sheet, found[3])
        wanted = book.value(sheet, found[2])
        return sum(value for key, value in zip(keys, values, strict=True) if key == wanted and value != "")
    assert formula == "=total_cost"
    return book.named("total_cost")[1]


def test_the_sheets_come_in_their_order(english, chinese):
    assert list(english.sheets) == ALL
    assert len(chinese.sheets) == len(ALL)
    assert list(chinese.sheets)[:3] == ["概要", "分流告示", "日历"]


@pytest.mark.parametrize("lang", ["english", "chinese"])
def test_totals_are_sums_and_equal_the_structure(lang, request, quarter_structure):
    book, q = request.getfixturevalue(lang), quarter_structure
    expected = {
        "total_cost": q["cost"],
        "erlang_cost": q["erlang"]["cost"],
        "today_cost": q["today"]["cost"],
        "total_customers": sum(row["customers"] for row in q["calendar"]),
        "total_people_days": len(q["roster"]),
        "total_missing": sum(row["uncovered"] for row in q["calendar"]),
        "total_uncovered": sum(row["people"] for row in q["uncovered"]),
        "total_shift_hours": sum(row["hours"] for row in q["roster"]),
        "total_hours": sum(person["worked_hours"] for person in q["people"]),
        "total_overtime_hours": sum(person["overtime_hours"] for person in q["people"]),
        "total_pay": sum(person["pay"] for person in q["people"]),
        "total_diverted": sum(poster["customers"] for poster in q["posters"]),
        "total_heads": sum(head["people"] for head in q["hiring"]["heads"]),
    }
    for name, value in expected.items():
        formula, cached = book.named(name)
        assert formula.startswith("=SUM("), name
        assert cached == pytest.approx(value), name


@pytest.mark.parametrize("lang", ["english", "chinese"])
def test_every_formula_yields_the_number_written_beside_it(lang, request):
    book = request.getfixturevalue(lang)
    cells = list(book.of_kind("f"))
    assert len(cells) > 250
    for sheet, cell in cells:
        assert book.value(sheet, cell.coordinate) == pytest.approx(computed(book, sheet, cell.value)), cell.coordinate


def test_texts_of_users_stay_texts(english, quarter_structure):
    assert "=1+1 and <b>training</b>" in [row["reason"] for row in table_below(english, "People", "Who is away")]
    assert table(english, "Assumptions", "what")[1] == {
        "what": "=2+2",
        "value": "<script>x</script>",
        "source": "a & b",
    }
    assert {cell.value.partition("(")[0] for _, cell in english.of_kind("f")} == {
        "=SUM",
        "=COUNTIF",
        "=SUMIF",
        "=total_cost",
    }


def table_below(book, sheet, title):
    """Rows of the table under a title."""
    rows = book.sheets[sheet]
    (at,) = [index for index, row in enumerate(rows) if row[0] == title]
    head = rows[at + 1]
    return [
        dict(zip(head, row, strict=True))
        for row in itertools.takewhile(lambda row: row[0] not in ("", "Total"), rows[at + 2 :])
    ]


def test_the_roster_shows_every_shift_and_all_leave(english, quarter_structure):
    q, rows = quarter_structure, english.sheets["Roster"]
    top = next(index for index, row in enumerate(rows) if row[0] == "person") + 1
    worked = {(row["person"], row["date"]): f"{row['start']}\n{row['end']}" for row in q["roster"]}
    for at, person in enumerate(q["people"], top):
        assert rows[at][0] == person["name"]
        for column, day in enumerate(q["calendar"], 3):
            away = any(x["person"] == person["name"] and x["first"] <= day["date"] <= x["last"] for x in q["leave"])
            assert rows[at][column] == worked.get((person["name"], day["date"]), "away" if away else "")
        assert rows[at][93:95] == [person["days"], person["worked_hours"]]


def test_weekends_closed_days_and_leave_have_colours(english, quarter_structure):
    sheet, q = english.formulas["Roster"], quarter_structure
    top = next(index for index, row in enumerate(english.sheets["Roster"]) if row[0] == "person") + 2
    fills = {}
    for column, day in enumerate(q["calendar"], 4):
        kind = "closed" if day["plan"] is None else "weekend" if day["weekday"] in ("saturday", "sunday") else "weekday"
        cell = sheet.cell(top + 12, column)  # a person who is never away
        fills.setdefault(kind, set()).add(cell.fill.fgColor.rgb if cell.fill.fill_type else None)
    assert fills["weekday"] == {None}
    assert len(fills["closed"]) == len(fills["weekend"]) == 1
    assert fills["closed"] != fills["weekend"]


def test_dates_and_times_are_dates_and_times(english, quarter_structure):
    shifts = table(english, "Shifts", "date")
    assert len(shifts) == len(quarter_structure["roster"])
    first, row = shifts[0], quarter_structure["roster"][0]
    assert first["date"] == date.fromisoformat(row["date"])
    assert english.formulas["Shifts"]["E5"].value == timedelta(
        hours=int(row["start"][:2]), minutes=int(row["start"][3:])
    )
    assert [row["date"] for row in table(english, "Dates", "date")] == [
        date.fromisoformat(row["date"]) for row in quarter_structure["calendar"]
    ]


def test_the_end_of_the_day_is_twenty_four_hours(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["roster"][0]["end"] = "24:00"
    sheet = Read(workbook_bytes(q, "en")).formulas["Shifts"]
    assert sheet["F5"].number_format == "[hh]:mm"
    assert sheet["F5"].value.total_seconds() == 24 * 3600


def test_a_day_type_has_one_colour_of_its_own(english, quarter_structure):
    sheet, colours = english.formulas["Calendar"], {}
    days = {row["date"]: row["day_type"] for row in quarter_structure["calendar"]}
    for row in sheet.iter_rows():
        for cell in row:
            if cell.is_date:
                colours.setdefault(days[f"{cell.value:%Y-%m-%d}"], set()).add(cell.fill.fgColor.rgb)
    assert set(colours) == set(days.values())
    assert all(len(found) == 1 for found in colours.values())
    assert len(set().union(*colours.values())) == len(colours)


def test_every_long_sheet_keeps_its_headings_in_sight_and_on_paper(english):
    for name in ("Posters", "Calendar", "Dates", "Staffing", "Plans", "Roster", "Shifts", "People", "Costs", "Service"):
        sheet = english.formulas[name]
        assert sheet.freeze_panes, name
        assert sheet.print_title_rows, name
        assert name == "Roster" or sheet.sheet_properties.pageSetUpPr.fitToPage, name
    assert [brk.id for brk in english.formulas["Roster"].col_breaks.brk] == [3 + 31, 3 + 31 + 28]


def test_the_charts_are_native_and_read_the_tables(quarter_structure):
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(quarter_structure, "en"))) as file:
        charts = [file.read(name).decode() for name in file.namelist() if re.match(r"xl/charts/chart\d+\.xml", name)]
    stacked, scatter = charts
    assert '<c:grouping val="stacked"/>' in stacked
    names = [name for name in quarter_structure["costs"] if quarter_structure["costs"][name]] + ["wages"]
    assert stacked.count("<c:ser>") == len(names)
    assert "'Costs'!$B$4:$D$4" in stacked
    assert scatter.count("<c:ser>") == 2
    assert "'Frontier'!$E$5:$E$13" in scatter


def test_the_service_sheet_has_both_numbers_of_every_promise(english, quarter_structure):
    rows = table(english, "Service", "plan")
    assert len(rows) == len(quarter_structure["promises"])
    for row, promise in zip(rows, quarter_structure["promises"], strict=True):
        assert row["promised"] == promise["promised"]
        assert row["simulated"] == ("" if promise["simulated"] is None else promise["simulated"])
        assert row["holds"] == {True: "yes", False: "no", None: ""}[promise["holds"]]


def test_a_failing_promise_is_said_and_is_red(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["promises"][1]["holds"] = False
    book = Read(workbook_bytes(q, "en"))
    assert table(book, "Service", "plan")[1]["holds"] == "no"
    assert book.formulas["Service"]["C6"].font.color.rgb == "FFB91C1C"
    assert any("1 fail" in str(row[0]) for row in book.sheets["Summary"])


def test_what_a_run_lacks_has_no_sheet(bare, bare_quarter_structure):
    gone = {"Uncovered", "Frontier", "Hiring", "Why", "Changes", "Assumptions"}
    assert list(bare.sheets) == [name for name in ALL if name not in gone]
    assert bare.named("total_cost")[1] == pytest.approx(bare_quarter_structure["cost"])
    assert bare.named("cost_bound") == (None, "")


def test_what_cannot_hold_together_is_said(bare_quarter_structure):
    q = bare_quarter_structure | {"status": "infeasible", "conflict": ["target vip", "people of skill senior"]}
    texts = [row[0] for row in Read(workbook_bytes(q, "en")).sheets["Summary"]]
    assert "These cannot hold together: target vip; people of skill senior. The plan is the nearest to them." in texts


def test_a_bound_stands_beside_the_cost_at_its_own_price(english, quarter_structure):
    for name, key, rows in (("Plans", "queue_cost", "plans"), ("Frontier", "waiting_cost", "frontier")):
        shown = table(english, name, "plan" if name == "Plans" else "labour price")
        for row, given in zip(shown, quarter_structure[rows], strict=False):
            priced = given["labour_price"] * given["people_cost"] + given[key]
            assert row["cost, labour at that price"] == pytest.approx(priced)
            assert row["no plan below, labour at that price"] == pytest.approx(given["bound"])


def test_a_refused_wish_is_said_in_the_language(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["refused_wishes"] = [q["refused_wishes"][0] | {"wish": "on"}]
    cells = [cell for row in Read(workbook_bytes(q, "zh")).sheets["人员"] for cell in row]
    assert "on" not in cells
    assert "上班" in cells


def test_odd_texts_do_not_break_the_file(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    q["branch"] = "Main & <street> \x01 [1]"
    q["notes"] = ["x" * 40000, "http://example.org/" + "y" * 3000, "{=1}", ""]
    book = Read(workbook_bytes(q, "en"))
    notes = [row[0] for row in book.sheets["Notes"]]
    assert "x" * 32767 in notes
    assert "{=1}" in notes
    assert not any(sheet._hyperlinks for sheet in book.formulas)


def test_the_same_quarter_makes_the_same_bytes(quarter_structure):
    assert workbook_bytes(quarter_structure, "zh") == workbook_bytes(copy.deepcopy(quarter_structure), "zh")


def test_chinese_has_no_english_heading(chinese, english):
    names = list(chinese.sheets)
    assert not any(name.isascii() for name in names)
    for title, sheet in zip(names, chinese.formulas, strict=True):
        headings = [c.value for row in sheet.iter_rows() for c in row if c.fill.fgColor.rgb == "FFDCE6F1" and c.value]
        left = [text for text in headings if re.search("[A-Za-z]", str(text))]
        assert left == [], title


def test_posters_are_in_both_languages(english):
    first = table(english, "Posters", "diversion")[0]
    assert first["text, English"] == "Cash deposit below 20,000 yuan: please use the cash machine"
    assert first["text, Chinese"] == "现金存款 2 万元以下，请使用自助存取款机办理"


def test_staffing_shows_every_window_and_its_hours(english, quarter_structure):
    q, rows = quarter_structure, iter(english.sheets["Staffing"][4:])
    for plan in q["plans"]:
        for index, (role, servers) in enumerate(plan["windows"].items()):
            row = next(rows)
            assert row[:2] == ["" if index else plan["name"].replace("_", " "), role]
            assert row[2:19] == [*servers, sum(servers) / 2]
        sums = [sum(each) for each in zip(*plan["windows"].values(), strict=True)]
        assert next(rows)[1:19] == ["all windows", *sums, sum(sums) / 2]
        assert next(rows)[1:18] == ["greeter", *plan["channels"][0]["by_period"]["servers"]]
    assert any(row[1:18] == ["cash", *q["erlang"]["plans"][0]["windows"]["cash"]] for row in rows)


def test_periods_that_a_day_type_lacks_stay_empty(quarter_structure):
    q = copy.deepcopy(quarter_structure)
    short = q["plans"][-1]
    short["starts"] = short["starts"][2:]
    for servers in (*short["windows"].values(), *(c["by_period"]["servers"] for c in short["channels"])):
        del servers[:2]
    book = Read(workbook_bytes(q, "en"))
    rows = book.sheets["Staffing"]
    (at,) = [index for index, row in enumerate(rows[:40]) if row[0] == "weekend A"]
    assert rows[at][2:19] == ["", "", *short["windows"]["cash"], sum(short["windows"]["cash"]) / 2]
