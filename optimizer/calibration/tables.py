"""Files as tables of a database, whatever they are: CSV in any encoding, gz, Parquet, workbooks."""

import codecs
import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from optimizer.calibration.mapping import Layout
from optimizer.errors import DataRefused, Fault

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Report = Callable[[str, int, int], None]
"""Told what is done, how much of it, and of how much."""

HEAD = 1 << 16
PIECE = 1 << 22
LONGEST_LINE = 1 << 24
SEPARATORS = ",;\t|"
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".parquet", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
GZIP, PARQUET, ZIP, OLE = b"\x1f\x8b", b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHINESE = "gb18030"
READABLE = "a table as CSV (also .gz), Parquet or a workbook"
ADVICE = 'install the extra: pip install "queue-policy-optimizer[calibration]"'


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
    first_line: int = 2
    """Line of the first row."""
    text: bool = True
    """Rows that do not have the columns of the header are left out by the reader, and told by it."""
    guessed_encoding: bool = False

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
            raise DataRefused([Fault(path.name, "file", None, f"{READABLE}, or a folder of them")])
    if not found:
        raise DataRefused([Fault("log", "file", None, READABLE)])
    return found


@contextmanager
def refusing(file: str) -> Iterator[None]:
    """Turn what the libraries say of a file that cannot be read into a refusal."""
    import duckdb

    try:
        yield
    except DataRefused:
        raise
    except (duckdb.Error, OSError, EOFError, UnicodeError, csv.Error, ValueError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        said = str(error).strip().splitlines()
        raise DataRefused([Fault(file, "file", said[0] if said else type(error).__name__, READABLE)]) from error


def open_table(path: Path, layout: Layout, folder: Path, connection: "DuckDBPyConnection", encoding: str = "") -> Table:
    """Make a file readable by a query, by way of a temporary file where it must be.

    Args:
        path: The file.
        layout: What is known of it.
        folder: Where temporary files go.
        connection: Of the database that is to read it.
        encoding: Goes before that of the layout.

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
            return _text(_from_workbook(path, layout, folder), path.name, Layout(), 1, False)
        zipped = start.startswith(GZIP)
        head = _head(path, zipped)
        guessed = not (encoding or layout.encoding)
        encoding = encoding or layout.encoding or _encoding(head, path.name)
        if codecs.lookup(encoding).name not in ("utf-8", "ascii", "utf-8-sig"):
            path, name = _transcoded(path, zipped, encoding, folder), path.name
            return _text(path, name, layout, 1, False)
        return _text(path, path.name, layout, 1, guessed)


def _parquet(path: Path, connection: "DuckDBPyConnection") -> Table:
    relation = f"read_parquet({quoted(str(path))})"
    found = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    columns = {name: Column(identifier(name), kind) for name, kind, *_ in found}
    return Table(path.name, relation, columns, first_line=1, text=False)


def _text(path: Path, name: str, layout: Layout, extra: int, guessed: bool) -> Table:
    """A table of text in UTF-8."""
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
    text = _head(path, zipped).decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise DataRefused([Fault(name, "file", "binary data", READABLE)])
    lines = text.splitlines(keepends=True)[layout.skip_lines :]
    first = next((line for line in lines if line.strip()), "")
    separator = layout.separator or max(SEPARATORS, key=first.count)
    header = next(csv.reader(io.StringIO("".join(lines)), delimiter=separator), [])
    if not any(cell.strip() for cell in header):
        raise DataRefused([Fault(name, "first line", "".join(header), "the names of the columns")])
    columns: dict[str, Column] = {}
    for n, cell in enumerate(header):
        shown = cell.strip() or f"column {n + 1}"
        columns[shown if shown not in columns else f"{shown} ({n + 1})"] = Column(f"c{n}", "VARCHAR")
    types = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(len(header)))
    options = {
        "auto_detect": "false",
        "header": "false",
        "skip": layout.skip_lines + extra,
        "delim": quoted(separator),
        "quote": quoted('"'),
        "escape": quoted('"'),
        "columns": f"{{{types}}}",
        "compression": quoted("gzip" if zipped else "none"),
        "ignore_errors": "true",
        "store_rejects": "true",
        "rejects_limit": 0,
        "max_line_size": LONGEST_LINE,
        "buffer_size": 2 * LONGEST_LINE,
    }
    relation = f"read_csv({quoted(str(path))}, {', '.join(f'{name}={value}' for name, value in options.items())})"
    return Table(name, relation, columns, layout.skip_lines + extra + 1, guessed_encoding=guessed)


def _head(path: Path, zipped: bool) -> bytes:
    with _opened(path, zipped) as file:
        return file.read(HEAD)


def _opened(path: Path, zipped: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def _encoding(head: bytes, name: str) -> str:
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise DataRefused([Fault(name, "file", "binary data", READABLE)])
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return CHINESE
    return "utf-8"


def _transcoded(path: Path, zipped: bool, encoding: str, folder: Path) -> Path:
    """The file in UTF-8, piece by piece; what is no character becomes the mark for that."""
    target = folder / f"{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    with _opened(path, zipped) as file, target.open("w", encoding="utf-8", newline="") as out:
        while piece := file.read(PIECE):
            out.write(decoder.decode(piece))
        out.write(decoder.decode(b"", final=True))
    return target


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
    return str(value)


def quoted(text: str) -> str:
    """A text as a query has it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as a query has it."""
    return '"' + name.replace('"', '""') + '"'


def malformed(connection: "DuckDBPyConnection") -> list[tuple[str, int, str]]:
    """Rows that the reader of the last text left out, as kind, line and text; forgets them."""
    found = connection.execute(
        "SELECT arg_min(CAST(error_type AS VARCHAR), column_idx), line, coalesce(min(csv_line), '') FROM reject_errors"
        " GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DELETE FROM reject_errors; DELETE FROM reject_scans")
    return [(kind, int(line), text) for kind, line, text in found]
