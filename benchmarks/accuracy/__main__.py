"""Print the accuracy tables: ``python -m benchmarks.accuracy [--table NAME]``."""

import argparse
import sys
import time

from benchmarks.accuracy import overflow, periods, rules, service, stages, tiers
from benchmarks.threads import one_thread
from benchmarks.transient import machine

TABLES = {
    name: tables
    for topic in (service, tiers, overflow, stages, rules, periods)
    for name, tables in topic.TABLES.items()
}


def main() -> None:
    """Tables to standard output, progress to standard error."""
    one_thread()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy")
    parser.add_argument("--table", choices=TABLES, help="one topic only")
    chosen = parser.parse_args().table
    print(machine(), "\n", flush=True)
    for name, tables in TABLES.items() if chosen is None else [(chosen, TABLES[chosen])]:
        started = time.monotonic()
        for table in tables():
            print(table, flush=True)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
