"""A workbook and its sheets: formats, widths, print set-up and tables with totals, in English or Chinese."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from optimizer.reporting.quarter.page.sentences import in_chinese
from optimizer.reporting.quarter.words import TERMS, Language, display_width, promise_sentence

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | float | int | bool | None
Style = Mapping[str, Any]

NUMBER_FORMATS = {
    "yuan": "#,##0;[Red]-#,##0", "change": "+#,##0;[Red]-#,##0;0", "count": "#,##0", "customers": "#,##0.0",
    "share": "0.0%", "minutes": "0.0", "hours": "#,##0.0", "price": "0.00", "clock": "[hh]:mm",
}  # fmt: skip
DATE_FORMATS = {"en": "d mmm yyyy", "zh": 'yyyy"年"m"月"d"日"'}
FONTS = {"en": "Calibri", "zh": "Microsoft YaHei"}
YES = {"en": ("no", "yes"), "zh": ("否", "是")}
LONGEST = 32767
"""Characters that a cell of a workbook holds."""
WIDEST = 60
"""Characters of the widest column; longer texts are wrapped."""
INK, FAINT, HEAD, LINE, SHADE = "#1F2937", "#6B7280", "#DCE6F1", "#BFC7D1", "#E5E7EB"
COLOURS = ("#CFE2F3", "#FCE5CD", "#D9EAD3", "#EAD1DC", "#FFF2CC", "#D9D2E9", "#D0E0E3", "#F4CCCC")
"""Fills of day types, in their order; of more than eight they begin again."""
ROW: dict[str, Any] = {"bottom": 1, "bottom_color": "#E5E7EB"}
"""Line under a row of a table."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, how its cells are written, and whether they are summed."""

    english: str
    chinese: str
    form: str = "text"
    total: str | None = None
    """None: not summed; else the defined name of the sum, which may be empty."""
    name: str = ""
    """Defined name of the cells below the heading, for formulas of other sheets."""
    free: bool = False
    """Whether its texts may run over empty cells at the right, so that they do not widen the column."""


@dataclass(frozen=True)
class Table:
    """Where a table stands: rows from 0, the total row None where nothing is summed."""

    head: int
    first: int
    last: int
    total: int | None

    @property
    def end(self) -> int:
        """The first free row after the table and one empty row."""
        return (self.last if self.total is None else self.total) + 2


class Book:
    """A workbook in memory; ``close`` gives its bytes."""

    def __init__(self, lang: Language, name: str, created: datetime) -> None:
        from xlsxwriter import Workbook

        self.lang, self.name = lang, name
        self._bytes = io.BytesIO()
        self.workbook = Workbook(
            self._bytes,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
        )
        self.workbook.set_properties({"title": name, "created": created})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._sheets: list[Sheet] = []

    def words(self, english: str, chinese: str) -> str:
        """The text in the language of the workbook."""
        return chinese if self.lang == "zh" else english

    def said(self, sentence: str) -> str:
        """A sentence of the program in the language of the workbook; one that nobody has translated stays English."""
        if self.lang == "en":
            return sentence
        for found in (in_chinese(sentence), promise_sentence(sentence, "zh"), TERMS.get(sentence, ("", ""))[1]):
            if found and found != sentence:
                return found
        return sentence

    def sheet(self, english: str, chinese: str) -> "Sheet":
        """Add a sheet."""
        sheet = Sheet(self, self.words(english, chinese))
        self._sheets.append(sheet)
        return sheet

    def format(self, form: str, style: Style) -> "Format":
        """A format, made once."""
        number = DATE_FORMATS[self.lang] if form == "date" else NUMBER_FORMATS.get(form)
        whole = {"font_name": FONTS[self.lang], "font_size": 10, "font_color": INK, "valign": "vcenter"}
        whole |= {"num_format": number} if number else {}
        whole |= {"align": "center"} if form in ("clock", "date") else {}
        whole |= style
        key = tuple(sorted(whole.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(whole)
        return self._formats[key]

    def close(self) -> bytes:
        """The workbook as the bytes of its file."""
        for sheet in self._sheets:
            sheet.fit()
        self.workbook.close()
        return self._bytes.getvalue()


class Sheet:
    """A sheet that knows how wide its columns must be."""

    def __init__(self, book: Book, title: str) -> None:
        self.book, self.title = book, title
        self.page: Worksheet = book.workbook.add_worksheet(title)
        self._widths: dict[int, float] = {}
        self._heads: dict[int, tuple[Sequence[str], int]] = {}
        self.page.hide_gridlines(2)
        self.page.set_landscape()
        self.page.set_paper(9)
        self.page.set_margins(0.4, 0.4, 0.6, 0.6)
        self.page.fit_to_pages(1, 0)
        head = f"{book.name}  ·  {title}"[:100].replace("&", "&&")
        self.page.set_header(f"&L{head}")
        self.page.set_footer("&R&P / &N")

    def write(self, row: int, column: int, value: Cell, form: str = "text", **style: Any) -> None:
        """Write one cell; nothing from users is ever read as a formula, a number or an address."""
        shape = self.book.format(form, style)
        if value is None or value == "":
            self.page.write_blank(row, column, None, shape)
        elif isinstance(value, bool):
            self.page.write_string(row, column, YES[self.book.lang][value], shape)
        elif form == "date":
            self.page.write_datetime(row, column, date.fromisoformat(str(value)), shape)
        elif form == "clock":
            hours, minutes = str(value).split(":")
            self.page.write_number(row, column, (60 * int(hours) + int(minutes)) / 1440, shape)
        elif isinstance(value, str):
            self.page.write_string(row, column, value[:LONGEST], shape)
        else:
            self.page.write_number(row, column, value, shape)

    def formula(self, row: int, column: int, formula: str, value: float, form: str, **style: Any) -> None:
        """Write a formula and the number it yields, for readers that do not compute."""
        self.page.write_formula(row, column, formula, self.book.format(form, style), value)

    def begin(self, english: str, chinese: str) -> int:
        """Write the title of the sheet and what it shows; gives the row of the first table."""
        self.write(0, 0, self.title, bold=True, font_size=14)
        self.write(1, 0, self.book.words(english, chinese), italic=True, font_color=FAINT)
        return 3

    def heading(self, row: int, english: str, chinese: str, column: int = 0) -> int:
        """Write the title of a table; gives the next row."""
        self.write(row, column, self.book.words(english, chinese), bold=True, font_size=12)
        return row + 1

    def line(self, row: int, text: str, **style: Any) -> int:
        """Write a sentence that may run over the cells to its right; gives the next row."""
        self.write(row, 0, text, **style)
        return row + 1

    def head(self, row: int, titles: Sequence[str], column: int = 0) -> None:
        """Write the headings of columns."""
        self._heads[row] = titles, column
        for index, title in enumerate(titles, column):
            self.write(row, index, title, bold=True, bg_color=HEAD, bottom=1, text_wrap=True, align="center")
            # Two lines at most; Chinese breaks between any two letters but before a bracket, other words do not break.
            words = [len(word) for word in title.split() if display_width(word) == len(word)]
            self.need(index, max([ceil(display_width(title) / 2) + 3 * (not title.isascii()), *(n + 1 for n in words)]))

    def table(self, row: int, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], column: int = 0) -> Table:
        """Write a table with its headings and, where columns are summed, a row of sums."""
        self.head(row, [self.book.words(each.english, each.chinese) for each in columns], column)
        for at, cells in enumerate(rows, row + 1):
            for index, (each, cell) in enumerate(zip(columns, cells, strict=True), column):
                wraps = isinstance(cell, str) and display_width(cell) > WIDEST
                style: dict[str, Any] = ROW | ({"text_wrap": True} if wraps and not each.free else {})
                style |= {"indent": 1} if each.form == "text" and index > column else {}
                self.write(at, index, cell, each.form, **style)
                self.need(index, 0 if each.free else cell_width(cell, each.form))
        table = Table(row, row + 1, row + len(rows), None)
        for index, each in enumerate(columns, column):
            if each.name and rows:
                self.define(each.name, table.first, index, table.last)
        if rows and any(each.total is not None for each in columns):
            table = Table(row, table.first, table.last, table.last + 1)
            self._totals(table, columns, rows, column)
        return table

    def _totals(self, table: Table, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], column: int) -> None:
        row, style = table.last + 1, dict[str, Any](bold=True, top=1)
        for index, each in enumerate(columns):
            if each.total is None:
                self.write(row, column + index, self.book.words("Total", "合计") if index == 0 else None, **style)
                continue
            span = cell_range(table.first, column + index, table.last, column + index)
            value = sum(cell for cells in rows if isinstance(cell := cells[index], int | float))
            self.formula(row, column + index, f"=SUM({span})", value, each.form, **style)
            self.need(column + index, cell_width(value, each.form) + 1)
            if each.total:
                self.define(each.total, row, column + index)

    def define(self, name: str, row: int, column: int, last: int | None = None) -> None:
        """Give a cell, or the cells down to the last row, a name of the whole workbook."""
        self.book.workbook.define_name(name, f"={self.reference(row, column, row if last is None else last, column)}")

    def reference(self, first: int, left: int, last: int, right: int) -> str:
        """Cells of this sheet, as other sheets and charts call them."""
        title = self.title.replace("'", "''")
        return f"'{title}'!{cell_range(first, left, last, right, fixed=True)}"

    def need(self, column: int, width: float) -> None:
        """Ask for a column that holds so many characters."""
        self._widths[column] = max(self._widths.get(column, 0), width)

    def fit(self) -> None:
        """Set the widths asked for, and rows of headings as high as their lines."""
        # The letters of the Chinese font are wider than those by which widths are counted.
        factor = 1.15 if self.book.lang == "zh" else 1.05
        for column, width in self._widths.items():
            self.page.set_column(column, column, factor * min(width, WIDEST) + 1.5)
        for row, (titles, column) in self._heads.items():
            lines = (
                ceil(1.05 * display_width(title) / (factor * min(self._widths[index], WIDEST) + 1))
                for index, title in enumerate(titles, column)
            )
            self.page.set_row(row, 15 * max(lines, default=1) + 3)

    def upright(self, one_page: bool = False) -> None:
        """Print in portrait, on one page if so wanted."""
        self.page.set_portrait()
        if one_page:
            self.page.fit_to_pages(1, 1)

    def frozen(self, table: Table, columns: int = 0) -> None:
        """Keep the headings of a table in sight, and repeat them on every printed page."""
        self.page.freeze_panes(table.first, columns)
        self.page.repeat_rows(table.head)

    def filtered(self, table: Table, columns: int) -> None:
        """Let readers filter a table."""
        self.page.autofilter(table.head, 0, table.last, columns - 1)


def cell_range(first: int, left: int, last: int, right: int, fixed: bool = False) -> str:
    """Cells as a spreadsheet calls them."""
    from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell

    if (first, left) == (last, right):
        return str(xl_rowcol_to_cell(first, left, row_abs=fixed, col_abs=fixed))
    return str((xl_range_abs if fixed else xl_range)(first, left, last, right))


def cell_width(cell: Cell, form: str) -> float:
    """Characters that a cell takes."""
    if cell is None:
        return 0
    if isinstance(cell, str):
        return {"date": 13, "clock": 6}.get(form, display_width(cell) + 1)
    return len(f"{cell:,.0f}") + {"yuan": 1, "change": 1, "count": 0, "share": 4, "price": 4}.get(form, 3)
