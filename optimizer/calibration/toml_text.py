"""A branch as the text of its file, with a remark beside what is known to be learnt or assumed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Remarks = Mapping[tuple[str, ...], str]
"""Comments by the keys that lead to what they are about: a value, or a whole table."""
INLINE, LARGEST = 2, 3
"""Tables of values alone are written on one line from this depth on, if they have no more values than that."""


def toml_text(data: Mapping[str, Any], remarks: Remarks) -> str:
    """Write tables of text, numbers, truth values and lists of them as TOML.

    >>> print(toml_text({"a": 1, "t": {"b": {"x": {"c": "d"}}}}, {("a",): "one"}), end="")
    a = 1  # one
    <BLANKLINE>
    [t.b]
    x = { c = "d" }
    """
    return "\n".join(_lines((), data, remarks)).strip("\n") + "\n"


def _lines(path: tuple[str, ...], table: Mapping[str, Any], remarks: Remarks) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if isinstance(value, Mapping) and not _inline(path, value)}
    own = {key: value for key, value in table.items() if key not in tables}
    if path and (own or not tables):
        yield ""
        yield _remarked(f"[{'.'.join(map(_key, path))}]", remarks.get(path))
    for key, value in own.items():
        yield _remarked(f"{_key(key)} = {_value(value)}", _remark((*path, key), value, remarks))
    for key, value in tables.items():
        yield from _lines((*path, key), value, remarks)


def _inline(path: tuple[str, ...], table: Mapping[str, Any]) -> bool:
    """Whether a table goes on the line of its key: small ones that are deep, and opening hours, which are alike."""
    deep = len(path) >= INLINE or path == ("opening",)
    return deep and 0 < len(table) <= LARGEST and not any(isinstance(value, Mapping) for value in table.values())


def _remark(path: tuple[str, ...], value: Any, remarks: Remarks) -> str | None:
    """The comment of a value; on one line with others, those of all of them."""
    if path in remarks or not isinstance(value, Mapping):
        return remarks.get(path)
    return "; ".join(f"{key} {remarks[(*path, key)]}" for key in value if (*path, key) in remarks) or None


def _remarked(line: str, remark: str | None) -> str:
    return f"{line}  # {remark}" if remark else line


def _key(text: str) -> str:
    return text if text.isascii() and text.replace("_", "").replace("-", "").isalnum() else json.dumps(text)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
