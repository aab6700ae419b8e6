"""Build ``instances/anonymous-bank`` from the log of a bank's call centre: priorities, abandonment, agents.

The calls of January and February 1999 to a bank in Israel, which Guedj and Mandelbaum (Technion) made free for use;
described in Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao (2005), Statistical Analysis of a Telephone Call Center,
JASA 100. The log is no part of the project. Run it with ``python -m benchmarks.instances.anonymous_bank [FOLDER]``,
where the folder holds ``january.csv.gz`` and ``february.csv.gz``.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from optimizer.calibration.branch_writing import written_branch
from optimizer.calibration.calendar import CalendarRules
from optimizer.calibration.learning import Learnt, learn
from optimizer.calibration.log import TicketLog
from optimizer.calibration.mapping import Mapping, layout_of
from optimizer.calibration.reading import read_log
from optimizer.problem import write_text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT.parent / "shared" / "data" / "anonymous_bank_1999"
INSTANCE = ROOT / "instances" / "anonymous-bank"
RULES = CalendarRules("IL")
DOCUMENTED = "reported of these data, unverified"
KNOWN = {
    ("tiers", "vip", "priority"): (1, f"{DOCUMENTED}: high priority goes before"),
    ("head_start",): (1.5, f"{DOCUMENTED}: high priority is worth 1.5 minutes of waiting"),
}
COLUMNS = {
    "columns": {
        "date": "date", "arrival": ["q_start", "vru_exit"], "started": "ser_start", "ended": "ser_exit",
        "left_at": "q_exit", "outcome": "outcome", "transaction": "type", "tier": "priority", "teller": "server",
    },
    "formats": {"dates": ["%y%m%d"], "zero_is_never": True},
    "outcomes": {"served": ["AGENT"], "abandoned": ["HANG"], "left_out": ["PHANTOM"]},
    # Who hung up and never joined the queue gave up on the recorded answers.
    "required": {"abandoned": ["left_at"]},
    "values": {
        "transaction": {
            "PS": "regular", "PE": "english", "NE": "stock_exchange", "NW": "new_customer", "IN": "internet",
            "TT": "call_back",
        },
        "tier": {"0": "ordinary", "1": "ordinary", "2": "vip"},
        "teller": {"NO_SERVER": ""},
    },
    "defaults": {"channel": "agent"},
}  # fmt: skip
README = """
Built by `benchmarks/instances/anonymous_bank.py` from the log of a bank's call centre, January and February 1999, which
Ilan Guedj and Avishai Mandelbaum (Technion) made free for use. The data are described in Brown, Gans, Mandelbaum,
Sakov, Shen, Zeltyn, Zhao (2005), Statistical Analysis of a Telephone Call Center: A Queueing-Science Perspective,
JASA 100. The log itself is not part of the project.

The log has the priority of callers who joined the queue; those who were served at once stand in it as ordinary, but
for one in five hundred. Here they are of high priority in the share of those of their kind of business who waited:
**assumption**. Calls are business at one channel, `agent`; a unit of money stands for a yuan, and every price is an
assumption.
"""


def calls(folder: Path, months: Iterable[str] = ("january", "february")) -> TicketLog:
    """The calls that asked for an agent, with priorities for those who were served at once."""
    log = read_log([folder / f"{month}.csv.gz" for month in months], layout_of(COLUMNS, Mapping))
    log.connection.execute(
        """UPDATE tickets SET tier = 'vip' FROM (
            SELECT transaction, avg(CAST(tier = 'vip' AS INT)) AS share FROM tickets
            WHERE coalesce(started, left_at) > arrival GROUP BY transaction) AS queued
        WHERE tickets.transaction = queued.transaction AND started = arrival AND hash(row) % 1000 < 1000 * share"""
    )
    return log


def learnt(folder: Path, months: Iterable[str] = ("january", "february")) -> Learnt:
    """What the calls of these months tell."""
    return learn(calls(folder, months), RULES)


def main(folder: Path = FOLDER) -> None:
    """Write the files of the instance."""
    if not (folder / "january.csv.gz").exists():
        print(f"no data in {folder}: nothing to build from")
        return
    written = written_branch(learnt(folder), name="Anonymous bank", known=KNOWN)
    texts = dict(written.texts)
    title, _, rest = texts["README.md"].partition("\n")
    texts["README.md"] = title + "\n" + README + rest
    for name, text in texts.items():
        write_text(INSTANCE / name, text)
        print(f"wrote {INSTANCE / name}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
