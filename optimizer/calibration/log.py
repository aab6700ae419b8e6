"""A log as a table with the same columns whatever it was read from."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = {
    "row": "BIGINT",
    "day": "DATE",
    "arrival": "DOUBLE",
    "called": "DOUBLE",
    "started": "DOUBLE",
    "ended": "DOUBLE",
    "left_at": "DOUBLE",
    "outcome": "VARCHAR",
    "number": "BIGINT",
    "channel": "VARCHAR",
    "transaction": "VARCHAR",
    "tier": "VARCHAR",
    "window_name": "VARCHAR",
    "teller": "VARCHAR",
    "amount": "DOUBLE",
    "diverted": "BOOLEAN",
    "oddity": "VARCHAR",
}
"""Columns of the table ``tickets`` and their types.

``row`` is the line in the file; of several files as if they stood one below the other. Moments are minutes after
midnight of ``day``, the day on which the ticket was taken, so that those after midnight are above 1440. What did not
happen or is not known is NULL; row, day, arrival, outcome, channel, transaction and tier always stand. ``left_at`` is
when one who was not served gave up, ``window_name`` the window, ``number`` that of the ticket. ``oddity`` says
of one who gave up which moments were no such customer's, or were taken for another."""

SERVED, ABANDONED, NO_SHOW = "served", "abandoned", "no_show"
"""Outcomes: served; gave up while waiting; the number was called and nobody came."""
CALLED_AND_ENDED, LEFT_AT_END = "called_and_ended", "left_at_end"
"""Oddities: was called and has a later end, as the served have; the end was taken as the time of leaving."""


@dataclass(frozen=True)
class Rejection:
    """Rows of a log that are left out for one reason."""

    reason: str
    """In words, with the column that it is about."""
    count: int
    lines: tuple[int, ...]
    """The first lines of the file that it concerns, at most five."""
    example: str
    """The value of the first."""


@dataclass(frozen=True)
class Log:
    """A log that has been read into a table of a database, and what was left out."""

    connection: "DuckDBPyConnection"
    source: str
    """What it was read from, as people say it."""
    rejections: tuple[Rejection, ...] = ()

    def arrays(self, query: str, parameters: tuple[Any, ...] = ()) -> dict[str, NDArray[Any]]:
        """Result of a query as arrays by column; numbers that are NULL are not a number."""
        return plain_arrays(self.connection, query, parameters)


class TicketLog(Log):
    """A log of tickets: the table ``tickets``."""

    @property
    def tickets(self) -> int:
        """Rows that were accepted."""
        return int(self.arrays("SELECT count(*) AS n FROM tickets")["n"][0])


def plain_arrays(
    connection: "DuckDBPyConnection", query: str, parameters: tuple[Any, ...] = ()
) -> dict[str, NDArray[Any]]:
    """Result of a query as arrays by column; numbers that are NULL are not a number."""
    with connection.cursor() as cursor:
        found = cursor.execute(query, parameters).fetchnumpy()
    return {name: _plain(column) for name, column in found.items()}


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    """An array without a mask."""
    absent, values = np.ma.getmaskarray(column), np.ma.getdata(column)
    if not absent.any():
        return values
    number = np.issubdtype(values.dtype, np.number)
    plain = values.astype(float if number else object)
    plain[absent] = np.nan if number else None
    return plain


def log_of(columns: dict[str, NDArray[Any] | list[Any]], source: str = "a table") -> TicketLog:
    """A log of columns in memory; those that are left out are NULL, names ``counter``, ``service`` and ``all``.

    >>> log_of({"day": ["2026-01-05"], "arrival": [540.0], "outcome": ["served"]}).tickets
    1
    """
    import duckdb

    connection = duckdb.connect()
    given = {name: np.asarray(column) for name, column in columns.items()}
    connection.register("given", given)
    absent = {"channel": "'counter'", "transaction": "'service'", "tier": "'all'", "row": "row_number() OVER ()"}
    values = {name: name if name in columns else absent.get(name, "NULL") for name in COLUMNS}
    parts = ", ".join(
        f"nullif(CAST({values[name]} AS {kind}), 'nan') AS {name}"
        if kind == "DOUBLE"
        else f"CAST({values[name]} AS {kind}) AS {name}"
        for name, kind in COLUMNS.items()
    )
    connection.execute(f"CREATE TABLE tickets AS SELECT {parts} FROM given")
    connection.unregister("given")
    return TicketLog(connection, source)
