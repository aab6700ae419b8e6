"""Expressions of a query that make a moment, a number or a name out of the column of a file; NULL where it is none."""

from collections.abc import Iterable

from optimizer.calibration.mapping import ISO, MINUTES, SECONDS
from optimizer.calibration.tables import Column, quoted

MINUTE, DAY = 60_000_000, 86_400_000_000
UNITS = {MINUTES: MINUTE, SECONDS: 1_000_000}
LONGEST = 7 * DAY
"""Times and durations beyond a week are mistakes."""
YEARS = (1900, 2200)
WORDS = {"true": ("true", "yes", "y", "1", "t", "是", "有"), "false": ("false", "no", "n", "0", "f", "否", "无")}


def text_of(column: Column) -> str:
    """The text of a column."""
    return column.sql if column.kind == "VARCHAR" else f"CAST({column.sql} AS VARCHAR)"


def all_zero(text: str) -> str:
    """Whether a text is a moment with no digit but zero: 0, 0:00, 0000-00-00 00:00:00."""
    return f"regexp_full_match({text}, '[\\s:/.T-]*0[0\\s:/.T-]*Z?')"


def _tried(column: Column, formats: Iterable[str], iso: str, scale: str) -> str:
    """The first format that fits a text; ``iso`` and ``scale`` turn a text and a parsed moment into the value."""
    text = text_of(column)
    parts = []
    for form in formats:
        if form == ISO:
            parts.append(iso.format(text))
        elif form in UNITS:
            parts.append(length_of(column, UNITS[form]))
        else:
            # Texts with spaces around them are rare: the second attempt is made for what failed alone.
            parts += [scale.format(f"try_strptime({t}, {quoted(form)})") for t in (text, f"trim({text})")]
    return f"coalesce({', '.join(parts)})" if parts else "NULL"


def day_of(column: Column, formats: Iterable[str]) -> str:
    """A date out of a column."""
    if column.kind == "DATE" or column.kind.startswith("TIMESTAMP"):
        value = f"CAST({column.sql} AS DATE)"
    else:
        value = f"CAST({_tried(column, formats, 'try_cast({} AS DATE)', 'CAST({} AS DATE)')} AS DATE)"
    return f"(CASE WHEN year({value}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {value} END)"


def time_of(column: Column, formats: Iterable[str]) -> str:
    """Microseconds after midnight out of a column."""
    if column.kind == "TIME":
        return f"epoch_us({column.sql})"
    if column.kind.startswith("TIMESTAMP"):
        return f"epoch_us(CAST({column.sql} AS TIME))"
    return _tried(column, formats, "epoch_us(try_cast({} AS TIME))", "epoch_us(CAST({} AS TIME))")


def moment_of(column: Column, formats: Iterable[str]) -> str:
    """Microseconds after the epoch out of a column."""
    if column.kind == "DATE" or column.kind.startswith("TIMESTAMP"):
        value = f"CAST({column.sql} AS TIMESTAMP)"
    else:
        formats = [form for form in formats if form not in UNITS]
        value = _tried(column, formats, "try_cast({} AS TIMESTAMP)", "{}")
    return f"(CASE WHEN year({value}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN epoch_us({value}) END)"


def length_of(column: Column, unit: int) -> str:
    """Microseconds of a duration out of a column: a number of units, or written as a clock."""
    if column.kind == "TIME":
        return f"epoch_us({column.sql})"
    clock = f"epoch_us(try_cast({column.sql} AS TIME))" if column.kind == "VARCHAR" else "NULL"
    number = f"try_cast({column.sql} AS DOUBLE)"
    return f"coalesce(CASE WHEN abs({number}) <= {LONGEST // unit} THEN CAST({number} * {unit} AS BIGINT) END, {clock})"


def amount_of(column: Column) -> str:
    """An amount of money out of a column."""
    plain = f"try_cast(regexp_replace({text_of(column)}, '[,，¥￥\\s]|元$', '', 'g') AS DOUBLE)"
    number = f"coalesce(try_cast({column.sql} AS DOUBLE), {plain})"
    return f"(CASE WHEN isfinite({number}) THEN {number} END)"


def ticket_of(column: Column) -> str:
    """The number of a ticket out of a column: the last digits where it has letters too."""
    digits = f"try_cast(nullif(regexp_extract({text_of(column)}, '([0-9]+)[^0-9]*$', 1), '') AS BIGINT)"
    return f"coalesce(try_cast({column.sql} AS BIGINT), {digits})"


def whether(column: Column) -> str:
    """Yes or no out of a column."""
    text = f"lower(trim({text_of(column)}))"
    cases = " ".join(f"WHEN {text} IN ({', '.join(map(quoted, words))}) THEN {word}" for word, words in WORDS.items())
    return f"(CASE {cases} END)"


def renamed(value: str, names: dict[str, str]) -> str:
    """A text under the name that it is to have."""
    cases = " ".join(f"WHEN {quoted(old)} THEN {quoted(new)}" for old, new in names.items())
    return f"nullif(CASE {value} {cases} ELSE {value} END, '')" if cases else value
