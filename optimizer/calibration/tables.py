"""Files as tables of a database, whatever they are: CSV in any encoding, gz, Parquet, workbooks."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.calibration.mapping import Layout
from optimizer.calibration.texts import UTF_8, BinaryData, Text, tidied, utf8_text
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""

LONGEST_RECORD = 1 << 24
SEPARATORS = ",;\t|"
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
PARQUET, ZIP, OLE = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
READABLE = "a table as CSV (also .gz), Parquet or a workbook"
ADVICE = "install the extra: pip install '.[calibration]'"


@dataclass(frozen=True)
class Column:
    """A column of a file: how a query names it, and its type."""

    sql: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A file that a query can read."""

    file: str
    relation: str
    """After FROM."""
    columns: dict[str, Column]
    """By the names that the file has."""
    first_line: int = 1
    """Line of the first row."""
    text: Text | None = None
    """What it is in UTF-8; the reader leaves out rows that do not have the columns of the header."""
    rows: int | None = None
    """As many as were counted, where it is text."""

    def column(self, name: str) -> Column | None:
        """The column of a name; its case and the spaces around it do not matter."""
        if name in self.columns:
            return self.columns[name]
        alike = [column for own, column in self.columns.items() if own.casefold() == name.strip().casefold()]
        return alike[0] if len(alike) == 1 else None


def log_files(paths: Path | str | Iterable[Path | str]) -> list[Path]:
    """Files of a log: one, several, or all tables of a folder, in the order of their names.

    Raises:
        DataRefused: where there is none.
    """
    given = [Path(paths)] if isinstance(paths, Path | str) else [Path(path) for path in paths]
    found: list[Path] = []
    for path in given:
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        found += [p for p in inside if not p.name.startswith((".", "~"))]
        if not inside or not path.exists():
            why = "no table in it" if path.is_dir() else "not there"
            raise DataRefused([Fault(path.name or str(path), "file", why, f"{READABLE}, or a folder of them")])
    if not found:
        raise DataRefused([Fault("log", "file", "no table among the files", READABLE)])
    return found


@contextmanager
def refusing(file: str) -> Iterator[None]:
    """Turn what the libraries say of a file that cannot be read into a refusal."""
    import duckdb

    try:
        yield
    except (DataRefused, duckdb.ParserException, duckdb.CatalogException):
        raise  # the latter two are of the program, not of the file
    except BinaryData:
        raise DataRefused([Fault(file, "file", "binary data", READABLE)]) from None
    except (duckdb.Error, OSError, EOFError, UnicodeError, csv.Error, ValueError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        said = str(error).strip().splitlines()
        raise DataRefused([Fault(file, "file", said[0] if said else type(error).__name__, READABLE)]) from error


def open_table(path: Path, layout: Layout, folder: Path, connection: "DuckDBPyConnection") -> Table:
    """Make a file readable by a query, by way of a temporary file where it must be.

    Args:
        path: The file.
        layout: What is known of it.
        folder: Where temporary files go.
        connection: Of the database that is to read it.

    Raises:
        DataRefused: where it is not a table.
    """
    with refusing(path.name):
        with path.open("rb") as file:
            start = file.read(8)
        if not start:
            raise DataRefused([Fault(path.name, "file", "empty", READABLE)])
        if start.startswith(PARQUET):
            return _parquet(path, connection)
        if start.startswith((ZIP, OLE)):
            return _table(
                utf8_text(_from_workbook(path, layout, folder), folder, UTF_8), path.name, Layout(separator=",")
            )
        return _table(utf8_text(path, folder, layout.encoding), path.name, layout)


def tidy_table(table: Table, layout: Layout, folder: Path) -> Table:
    """The same table from a copy in which every line is a record."""
    if table.text is None:
        return table
    copy = tidied(table.text, folder, layout.skip_lines)
    found = _table(copy, table.file, layout.model_copy(update={"skip_lines": 0}))
    return replace(found, first_line=table.first_line)


def _parquet(path: Path, connection: "DuckDBPyConnection") -> Table:
    relation = f"read_parquet({quoted(str(path))})"
    found = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    columns = {name: Column(identifier(name), kind) for name, kind, *_ in found}
    return Table(path.name, relation, columns)


def _table(text: Text, name: str, layout: Layout) -> Table:
    """A table of text."""
    lines = text.head().splitlines(keepends=True)[layout.skip_lines :]
    first = next((line for line in lines if line.strip()), "")
    separator = layout.separator or max(SEPARATORS, key=first.count)
    header = next(csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator), [])
    if not any(cell.strip() for cell in header):
        raise DataRefused([Fault(name, "first line", "".join(header), "the names of the columns")])
    columns: dict[str, Column] = {}
    for n, cell in enumerate(header):
        shown = cell.strip() or f"column {n + 1}"
        columns[shown if shown not in columns else f"{shown} ({n + 1})"] = Column(f"c{n}", "VARCHAR")
    skip = layout.skip_lines + 1
    types = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(header)))
    options = {
        "auto_detect": "false",
        "header": "false",
        "skip": skip,
        "delim": quoted(separator),
        # Without quotes in it every line is a record.
        "quote": quoted('"' if text.quotes else ""),
        "escape": quoted('"' if text.quotes else ""),
        "columns": f"{{{types}}}",
        "compression": quoted("gzip" if text.zipped else "none"),
        "ignore_errors": "true",
        "store_rejects": "true",
        "rejects_limit": 0,
        "max_line_size": LONGEST_RECORD,
        "buffer_size": 2 * LONGEST_RECORD,
    }
    relation = f"read_csv({quoted(str(text.path))}, {', '.join(f'{name}={value}' for name, value in options.items())})"
    return Table(name, relation, columns, skip + 1, text, max(text.lines - skip, 0))


def _from_workbook(path: Path, layout: Layout, folder: Path) -> Path:
    """A sheet as CSV."""
    import python_calamine

    target = folder / f"{path.name}.utf8"
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            if layout.sheet is not None and layout.sheet not in names:
                raise DataRefused([Fault(path.name, "sheet", layout.sheet, f"one of {', '.join(names)}")])
            sheet = book.get_sheet_by_name(layout.sheet or names[0])
            with target.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                for n, row in enumerate(sheet.iter_rows()):
                    if n >= layout.skip_lines:
                        writer.writerow([_cell(value) for value in row])
    except python_calamine.CalamineError as error:
        raise DataRefused([Fault(path.name, "file", str(error), READABLE)]) from error
    return target


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str((datetime.min + value).time()) if timedelta(0) <= value < timedelta(1) else str(value)
    return " ".join(str(value).splitlines())


def quoted(text: str) -> str:
    """A text as a query has it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a query has it."""
    return '"' + name.replace('"', '""') + '"'


def malformed(connection: "DuckDBPyConnection") -> list[tuple[str, int, str]]:
    """Rows that the reader of the last text left out, as kind, line and text."""
    found = connection.execute(
        "SELECT arg_min(CAST(error_type AS VARCHAR), column_idx), line, coalesce(min(csv_line), '') FROM reject_errors"
        " GROUP BY line ORDER BY line"
    ).fetchall()
    return [(kind, int(line), text) for kind, line, text in found]
