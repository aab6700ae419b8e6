"""Build ``instances/warsaw-desk`` from counts of a cash desk in a Warsaw district office: who waits, who is called.

Snapshots every five minutes of nine desks over nine days of January 2020, city open data gathered by the package
kolejkeR (MIT licence). One desk becomes the instance: that of the office of Praga-Południe, the busiest of the nine.
The counts are no part of the project. Run it with ``python -m benchmarks.instances.warsaw_desks [FILE]``.
"""

import sys
from pathlib import Path

from optimizer.calibration.branch_writing import entry_rows
from optimizer.calibration.count_learning import Naming, learn_counts
from optimizer.calibration.counted_branch import counted_branch
from optimizer.calibration.counts import CountLog, CountMapping, read_counts
from optimizer.calibration.mapping import layout_of
from optimizer.problem import Branch, write_text

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "data" / "warsaw_cash_desks" / "cash_desks_5min.csv"
INSTANCE = ROOT / "instances" / "warsaw-desk"
DESK = "175"
PERIOD = 30
COLUMNS = {"queue": "queue_id", "ts": "ts", "open": "open_counters", "waiting": "waiting", "called": "called"}
NAMING, SKILL = Naming({DESK: "cash"}, {DESK: "payment"}), "cashier"
HEAD = "# Learnt from counts of a cash desk: beside each number stands where it comes from."
README = """
Built by `benchmarks/instances/warsaw_desks.py` from snapshots of one cash desk, that of the Warsaw district office of
Praga-Południe, every five minutes on nine working days of January 2020: open counters, people waiting, numbers called.
City open data of Warsaw, gathered by the package kolejkeR (MIT licence). The counts themselves are not part of the
project.

Counts tell less than tickets. A number called is taken for a customer served; nobody is taken to give up unseen; while
somebody waits every open counter is taken to serve this desk. Where a counter also serves another queue, service is
shorter than it looks here. A unit of money stands for a yuan, and every price is an assumption.
"""


def snapshots(file: Path) -> CountLog:
    """All desks."""
    return read_counts(file, layout_of({"columns": COLUMNS}, CountMapping))


def desk(log: CountLog) -> tuple[Branch, dict[str, str]]:
    """The branch that one desk makes, and the texts of its files."""
    learnt = learn_counts(log, [DESK], PERIOD, NAMING)
    written = counted_branch(learnt, "Warsaw desk", skill=SKILL)
    _, main_file = written.texts["branch.toml"].split("\n\n", 1)
    page = ["# Warsaw desk", README, *entry_rows(written.entries)]
    own = {"branch.toml": f"{HEAD}\n\n{main_file}", "README.md": "\n".join(page) + "\n"}
    return written.branch, written.texts | own


def main(file: Path = FILE) -> None:
    """Write the files of the instance."""
    if not file.exists():
        print(f"no data in {file}: nothing to build from")
        return
    for name, text in desk(snapshots(file))[1].items():
        write_text(INSTANCE / name, text)
        print(f"wrote {INSTANCE / name}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
