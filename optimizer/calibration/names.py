"""Names in a branch of what a log names in its own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.calibration.log import TicketLog
from optimizer.errors import DataRefused, Fault
from optimizer.problem import Branch

KINDS = ("channel", "transaction", "tier")
LONGEST = 40


@dataclass(frozen=True)
class Names:
    """Names in the branch by those in the log."""

    channel: Mapping[str, str]
    transaction: Mapping[str, str]
    tier: Mapping[str, str]

    def renamed(self) -> dict[str, tuple[str, str]]:
        """Names in the branch that are not the log's, with kind and name in the log."""
        return {
            new: (kind, old) for kind in KINDS for old, new in getattr(self, kind).items() if new != old
        }  # fmt: skip


def names_in(log: TicketLog, base: Branch | None) -> Names:
    """Names for everything that the log names: those of the base, or else names that a branch may have.

    Where log and base have one name of a kind each, they mean the same.

    Raises:
        DataRefused: with every name that the base lacks.
    """
    found: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    for kind in KINDS:
        values = log.arrays(f"SELECT DISTINCT {kind} AS name FROM tickets ORDER BY name")["name"].tolist()
        if base is None:
            found[kind] = names_made(list(map(str, values)), kind)
            continue
        known = list(getattr(base, f"{kind}s"))
        found[kind] = {}
        for value in map(str, values):
            name = value if value in known else bare(value)
            if len(values) == len(known) == 1:
                name = known[0]
            if name in known:
                found[kind][value] = name
            else:
                expected = (
                    f"a {kind} of the base, one of {', '.join(known)}: rename it in the mapping's [values.{kind}]"
                )
                faults.append(Fault(log.source, kind, value, expected))
    if faults:
        raise DataRefused(faults)
    return Names(**found)


def bare(text: str) -> str:
    """A name as a branch may have it: lower-case letters, digits and underscores; empty where nothing is left.

    >>> bare("Loan / Credit"), bare("1"), bare("存款")
    ('loan_credit', '', '')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain[:LONGEST] if plain[:1].isalpha() and plain[0].isascii() else ""


def names_made(values: list[str], kind: str) -> dict[str, str]:
    """Names that a branch may have, no two alike, by the names of a kind in the log."""
    names: dict[str, str] = {}
    for n, value in enumerate(values, start=1):
        name = bare(value) or (f"{kind}_{value}" if value.isascii() and value.isalnum() else f"{kind}_{n}").lower()
        while name in names.values():
            name = f"{name[: LONGEST - 1]}_"
        names[value] = name
    return names
