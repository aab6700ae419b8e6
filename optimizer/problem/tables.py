"""Long tables beside ``branch.toml``: their rows become parts of the raw branch, each value with its line."""

import csv
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

from optimizer.errors import Fault
from optimizer.problem.quantities import format_clock, parse_clock
from optimizer.problem.references import FAMILIES, FILE, day_grids

Loc = tuple[int | str, ...]
Origin = dict[Loc, tuple[str, str]]
"""File and place of a value, by its place in the raw branch or by the file, place and value of a fault of reference."""
Raw = dict[str, Any]
Row = dict[str, str]
Class = tuple[str, str, str]
"""Day type, transaction and tier."""


@dataclass
class Table:
    """A table as read: its rows with their line numbers, and where faults go."""

    file: str
    columns: tuple[str, ...]
    faults: list[Fault]
    origin: Origin
    rows: list[tuple[int, Row]]
    readable: bool = True
    whole: bool = True
    """Whether every row has a value for every column."""

    def give_up(self, place: str, value: str, expected: str) -> None:
        """Add a fault that leaves nothing of the table."""
        self.faults.append(Fault(self.file, place, value, expected))
        self.readable = False

    def refuse(self, line: int, column: str, value: str, expected: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(self.file, f"line {line}, {column}", value, expected))

    def refuse_name(self, line: int, column: str, name: str, expected: str) -> None:
        """Add a fault at the first line of a name."""
        if (self.file, column, name) not in self.origin:
            self.refuse(line, column, name, expected)
        self.stands((self.file, column, name), line, column)

    def number(self, line: int, row: Row, column: str) -> float:
        """The number of a cell; not a number where the text is refused."""
        try:
            return float(row[column])
        except ValueError:
            self.refuse(line, column, row[column], "a number")
            return nan

    def clock(self, line: int, row: Row, column: str) -> int | None:
        """The time of day of a cell [minutes], or None where it is refused."""
        try:
            return parse_clock(row[column])
        except ValueError as error:
            self.refuse(line, column, row[column], str(error))
            return None

    def read(self, path: Path, check: Callable[[list[str]], None]) -> None:
        """Add the rows of a file by column; none where it cannot be read or ``check`` gives up its first line."""
        try:
            reader = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
            (_, header), *lines = [(reader.line_num, cells) for cells in reader if cells] or [(1, [])]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self.give_up("file", reason(error), f"a readable UTF-8 table{advice(error)}")
            return
        check(header)
        for line, cells in lines if self.readable else ():
            if len(cells) == len(header):
                self.rows.append((line, dict(zip(header, cells, strict=True))))
            else:
                self.whole = False
                expected = f"{len(header)} values, one for each column"
                self.faults.append(Fault(self.file, f"line {line}", f"{len(cells)} values", expected))

    def stands(self, loc: Loc, line: int, column: str) -> None:
        """Remember the first line on which a value stands."""
        self.origin.setdefault(loc, (self.file, f"line {line}, {column}"))


def merge_tables(folder: Path, raw: Raw, faults: list[Fault]) -> Origin:
    """Add the rows of every table of an instance to its raw branch; returns where each value stands.

    What depends on a table or row that is refused is filled with something acceptable, so that one mistake is
    one fault: such a branch is refused in any case.
    """
    origin: Origin = {}
    for file, (columns, required, merge) in TABLES.items():
        table = Table(file, columns, faults, origin, [])
        _read(table, folder / file, required)
        merge(raw, table)
    return origin


def _read(table: Table, path: Path, required: bool) -> None:
    """The rows of a table of an instance, whose columns stand in one order."""
    header = ",".join(table.columns)
    if not path.exists():
        if required:
            table.give_up("file", "absent", f"a table with the columns {header}")
        return

    def as_written(first: list[str]) -> None:
        if tuple(first) != table.columns:
            table.give_up("line 1", ",".join(first), expected_columns(first, header))

    table.read(path, as_written)


def reason(error: Exception) -> str:
    """Why a file cannot be read: in the system's words, or that it is in another encoding."""
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def advice(error: Exception) -> str:
    """What to do about a file that is in another encoding, as spreadsheets write it."""
    return ': save it as "CSV UTF-8"' if isinstance(error, UnicodeDecodeError) else ""


def expected_columns(header: list[str], expected: str) -> str:
    """What a first line should be, and that its columns are parted by something else than commas."""
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            return f"{expected}; commas between columns, not {name}"
    return expected


def _subtable(raw: Any, key: str) -> Raw:
    value = _reach(raw, key)
    return value if isinstance(value, dict) else {}


def _merge_arrivals(raw: Raw, table: Table) -> None:
    """Volumes by period; a class that is named has a row for every period of the day."""
    known = {column: _subtable(raw, f"{column}s") for column in ("day_type", "transaction", "tier")}
    grids = dict(day_grids(raw))
    volumes: dict[Class, dict[int, tuple[int, float]]] = {}
    unsure = set[Class]()
    misnamed = set[int]()
    for line, row in table.rows:
        names = (row["day_type"], row["transaction"], row["tier"])
        by_start = volumes.setdefault(names, {})
        value, start = table.number(line, row, "customers"), _start(table, line, row, grids.get(names[0]), by_start)
        for column in known:
            table.stands((table.file, column, row[column]), line, column)
        if start is None:
            unsure.add(names)
            continue
        by_start[start] = (line, value)
        if any(row[column] not in known[column] for column in known):
            misnamed.add(start)
    if "arrivals" in raw:
        table.faults.append(Fault(FILE, "arrivals", raw["arrivals"], f"no such key: its place is {table.file}"))
    raw["arrivals"] = {} if table.readable else {name: {} for name in known["day_type"]}
    for names, by_start in volumes.items():
        starts = grids.get(names[0], sorted(by_start))
        meant = all(name in names_known for name, names_known in zip(names, known.values(), strict=True))
        if meant and table.whole and names not in unsure:
            # A row with an unknown name may be the one that is missing here.
            _refuse_gaps(table, names, [start for start in starts if start not in by_start and start not in misnamed])
        by_tier = raw["arrivals"].setdefault(names[0], {}).setdefault(names[1], {})
        by_tier[names[2]] = tuple(by_start.get(start, (0, 0.0))[1] for start in starts)
        for index, start in enumerate(starts):
            if start in by_start:
                table.stands(("arrivals", *names, index), by_start[start][0], "customers")


def _start(table: Table, line: int, row: Row, grid: range | None, taken: Collection[int]) -> int | None:
    """The period of a row by its start, or None where it is refused."""
    start = table.clock(line, row, "start")
    if start is not None and grid is not None and start not in grid:
        table.refuse(line, "start", row["start"], "the start of a period of opening")
        return None
    if start in taken:
        table.refuse(line, "start", row["start"], "each period once")
        return None
    return start


def _refuse_gaps(table: Table, names: Class, lacking: list[int]) -> None:
    if lacking:
        missing = ", ".join(map(format_clock, lacking))
        table.faults.append(Fault(table.file, ", ".join(names), f"no row for {missing}", "a row for every period"))


def _merge_service_times(raw: Raw, table: Table) -> None:
    """Service times by channel and transaction, beside those in ``branch.toml``."""
    channels, transactions = _subtable(raw, "channels"), _subtable(raw, "transactions")
    everything = [(name, transaction) for name in channels for transaction in transactions]
    assumed = [] if table.readable and table.whole else everything
    for line, row in table.rows:
        name, transaction = row["channel"], row["transaction"]
        entry: dict[str, Any] = {column: table.number(line, row, column) for column in ("mean", "scv")}
        entry["distribution"] = row["distribution"]
        if channels and name not in channels:
            table.refuse_name(line, "channel", name, f"a channel of {FILE}, one of: {', '.join(channels)}")
            if transactions and transaction not in transactions:
                expected = f"a transaction, one of: {', '.join(transactions)}"
                table.refuse_name(line, "transaction", transaction, expected)
        if name not in channels or transaction not in transactions:
            # Whoever was meant is served.
            assumed += [(c, t) for c, t in everything if (c == name or name not in channels)
                        and (t == transaction or transaction not in transactions)]  # fmt: skip
        if (service := _service(channels.get(name))) is None:
            continue
        if transaction in service:
            table.refuse(line, "transaction", transaction, f"each transaction once for {name}")
        service[transaction] = entry
        table.stands((FILE, f"channels.{name}.service", transaction), line, "transaction")
        kind = str(channels[name].get("kind"))
        for column, value in entry.items():
            table.stands(("channels", name, kind, "service", transaction, column), line, column)
            table.stands((FILE, f"channels.{name}.service.{transaction}.{column}", str(value)), line, column)
    for name, transaction in assumed:
        if (service := _service(channels.get(name))) is not None:
            service.setdefault(transaction, {"mean": 1.0})


def _service(channel: Any) -> Raw | None:
    """The service times of a channel, to be added to; None where they are malformed."""
    service = channel.setdefault("service", {}) if isinstance(channel, dict) else None
    return service if isinstance(service, dict) else None


def _merge_service_tables(raw: Raw, table: Table) -> None:
    """Service times of a table by channel and transaction, beside those in ``branch.toml``."""
    channels = _subtable(raw, "channels")
    services = [(t, service) for c in channels for t, service in _subtable(channels[c], "service").items()]
    unknown = any(transaction not in _subtable(raw, "transactions") for transaction, _ in services)
    doubtful = unknown or not channels or any(fault.file == SERVICE_TIMES for fault in table.faults)
    for line, row in table.rows:
        name, transaction = row["channel"], row["transaction"]
        service = _reach(channels, name, "service", transaction)
        loc = ("channels", name, str(_reach(channels, name, "kind")), "service", transaction)
        added = _add_row(table, line, row, SERVICE_KEYS, service, loc)
        if not (added or doubtful) and (service is None or _family(service, "exponential") in FAMILIES):
            expected = 'a service time with distribution = "table"'
            table.refuse_name(line, "channel, transaction", f"{name}, {transaction}", expected)
    if not (table.readable and table.whole):
        for _, service in services:
            if _family(service) == "table":
                service |= {"distribution": "exponential", "minutes": [], "shares": []}


def _merge_amounts(raw: Raw, table: Table) -> None:
    """Amounts and their shares by transaction, beside those in ``branch.toml``."""
    transactions = _subtable(raw, "transactions")
    for line, row in table.rows:
        name = row["transaction"]
        amount = _reach(transactions, name, "amount")
        added = _add_row(table, line, row, AMOUNT_KEYS, amount, ("transactions", name, "amount", "table"))
        if not added and transactions and (amount is None or _family(amount) == "lognormal"):
            table.refuse_name(line, "transaction", name, 'a transaction with amount.distribution = "table"')
    if not (table.readable and table.whole):
        for amount in [_reach(transactions, name, "amount") for name in transactions]:
            if _family(amount) == "table":
                amount |= {"amounts": [1.0], "shares": [1.0]}


def _add_row(table: Table, line: int, row: Row, keys: dict[str, str], given: Any, loc: Loc) -> bool:
    """Add a value and its share to a distribution, if it is of family ``table``; returns whether it is."""
    values = {column: table.number(line, row, column) for column in keys}
    if _family(given) != "table":
        return False
    for column, key in keys.items():
        column_values = given.setdefault(key, [])
        if isinstance(column_values, list):
            table.stands((*loc, key, len(column_values)), line, column)
            column_values.append(values[column])
    return True


def _family(given: Any, default: str | None = None) -> Any:
    """Family of a distribution, or None where it is no table."""
    return given.get("distribution", default) if isinstance(given, dict) else None


def _reach(data: Any, *keys: str) -> Any:
    """What stands at the end of the keys: None where one is absent, and whatever is in the way where it is no table."""
    for key in keys:
        if not isinstance(data, dict):
            break
        data = data.get(key)
    return data


SERVICE_TIMES = "service_times.csv"
SERVICE_KEYS = {"minutes": "minutes", "share": "shares"}
AMOUNT_KEYS = {"amount": "amounts", "share": "shares"}
TABLES = {
    "arrivals.csv": (("day_type", "start", "transaction", "tier", "customers"), True, _merge_arrivals),
    SERVICE_TIMES: (("channel", "transaction", "distribution", "mean", "scv"), False, _merge_service_times),
    "service_tables.csv": (("channel", "transaction", "minutes", "share"), False, _merge_service_tables),
    "amounts.csv": (("transaction", "amount", "share"), False, _merge_amounts),
}
