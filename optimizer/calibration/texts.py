"""Text as a database reads it without losing a row: in UTF-8, one record a line, no quote that never ends.

The database leaves out what it cannot read and does not always tell how much that was. So the lines of a file are
counted before, and where the count does not agree with its rows the file is read from a tidied copy.
"""

import codecs
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

PIECE = 1 << 22
HEAD = 1 << 16
LONGEST_RECORD = 20
"""Lines; a quote that is open longer is a mistake in its first line."""
LONGEST_LINE = 1 << 20
"""Characters; of a longer line only the beginning is kept, which is no row."""
GZIP = b"\x1f\x8b"
UTF_8, CHINESE = "utf-8", "gb18030"
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class BinaryData(ValueError):  # noqa: N818 - it reads as what it says
    """A file that is no text."""


@dataclass(frozen=True)
class Text:
    """A file in UTF-8, and what was counted in it."""

    path: Path
    zipped: bool
    lines: int
    """Lines, but for empty ones at the end."""
    quotes: bool
    tidy: bool
    """Lines end in one way, as the database wants them."""
    converted: bool
    """It is a copy of a file that is not in UTF-8."""

    def head(self) -> str:
        """Its beginning."""
        with opened(self.path, self.zipped) as file:
            return file.read(HEAD).decode("utf-8-sig", errors="replace")


def utf8_text(path: Path, folder: Path, encoding: str | None = None) -> Text:
    """A text in UTF-8, by way of a copy where it is not; without an encoding it is UTF-8 or else Chinese.

    Args:
        path: A file, zipped or not.
        folder: Where copies go.
        encoding: Of the file; absent: found out.

    Raises:
        BinaryData: where it is no text.
        UnicodeDecodeError: where it is not in the encoding given.
    """
    with path.open("rb") as file:
        zipped = file.read(2) == GZIP
    with opened(path, zipped) as file:
        head = file.read(4)
    encoding = encoding or next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
    if encoding is None or codecs.lookup(encoding).name in (UTF_8, "utf-8-sig", "ascii"):
        try:
            return _counted(path, zipped, False)
        except UnicodeDecodeError:
            if encoding is not None:
                raise
    for guess, errors in [(encoding, "strict")] if encoding else [(CHINESE, "strict"), (UTF_8, "replace")]:
        try:
            return _counted(_transcoded(path, zipped, guess, errors, folder), False, True)
        except UnicodeDecodeError:
            if encoding is not None:
                raise
    raise BinaryData


def opened(path: Path, zipped: bool) -> IO[bytes]:
    """A file to read from, zipped or not."""
    return cast(IO[bytes], gzip.open(path, "rb")) if zipped else path.open("rb")


def _counted(path: Path, zipped: bool, converted: bool) -> Text:
    """Count lines, and see to it that all of it is text in UTF-8."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    feeds = returns = pairs = 0
    quotes = False
    end = b""
    with opened(path, zipped) as file:
        while piece := file.read(PIECE):
            if b"\0" in piece:
                raise BinaryData
            decoder.decode(piece)
            feeds += piece.count(b"\n")
            returns += piece.count(b"\r")
            pairs += piece.count(b"\r\n") + (end.endswith(b"\r") and piece.startswith(b"\n"))
            quotes = quotes or b'"' in piece
            end = (end + piece)[-64:]
        decoder.decode(b"", final=True)
    breaks = feeds + returns - pairs
    tail = end[len(end.rstrip(b"\r\n")) :]
    after = tail.count(b"\n") + tail.count(b"\r") - tail.count(b"\r\n")
    lines = breaks - max(after - 1, 0) + (not after and bool(end))
    return Text(path, zipped, lines, quotes, returns == pairs and pairs in (0, feeds), converted)


def _transcoded(path: Path, zipped: bool, encoding: str, errors: str, folder: Path) -> Path:
    """The file in UTF-8, piece by piece."""
    target = folder / f"{path.name}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
    with opened(path, zipped) as file, target.open("w", encoding=UTF_8, newline="") as out:
        while piece := file.read(PIECE):
            out.write(decoder.decode(piece))
        out.write(decoder.decode(b"", final=True))
    return target


def tidied(text: Text, folder: Path, skip: int) -> Text:
    """A copy in which every line is one record, without empty lines and the first ``skip``.

    Breaks of lines inside quotes become spaces. A quote that is open for more than twenty lines, or at the end, is
    taken for a mistake in its line, and all quotes of that line are left out.
    """
    target = folder / f"{text.path.name}.tidy"
    count = 0
    with target.open("w", encoding=UTF_8, newline="") as out:
        for record in _records(text, skip):
            if record.strip():
                out.write(record + "\n")
                count += 1
    return Text(target, False, count, text.quotes, True, text.converted)


def _records(text: Text, skip: int) -> Iterator[str]:
    """Lines, joined where a quote is open at their end."""
    open_lines: list[str] = []
    quotes = 0
    for n, line in enumerate(_lines(text)):
        if n < skip:
            continue
        open_lines.append(line)
        quotes += line.count('"')
        while open_lines and (quotes % 2 == 0 or len(open_lines) > LONGEST_RECORD):
            if quotes % 2 == 0:
                yield " ".join(open_lines)
                open_lines = []
            else:
                yield open_lines.pop(0).replace('"', "")
                yield from _settled(open_lines)
            quotes = sum(line.count('"') for line in open_lines)
    while open_lines:
        yield open_lines.pop(0).replace('"', "")
        yield from _settled(open_lines)


def _settled(lines: list[str]) -> Iterator[str]:
    """Take the records that are whole off the beginning, after a line before them was given up."""
    start = quotes = 0
    for n, line in enumerate(lines):
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield " ".join(lines[start : n + 1])
            start, quotes = n + 1, 0
    del lines[:start]


def _lines(text: Text) -> Iterator[str]:
    """Lines without their ends; of those that are too long the beginning."""
    with (
        opened(text.path, text.zipped) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace") as lines,
    ):
        while line := lines.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE and not line.endswith("\n"):
                while (more := lines.readline(LONGEST_LINE)) and not more.endswith("\n"):
                    pass
                line = line[:80].replace('"', "")
            yield line.removesuffix("\n")
