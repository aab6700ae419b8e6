"""Ten million tickets: seconds and memory to read, doubt and learn from them, from Parquet and from CSV.

Run it with ``python -m benchmarks.calibration [TICKETS] [FORMAT ...]``; formats are ``parquet``, ``csv`` and
``moments`` (CSV with date and time in one value). Each is read in a process of its own, so that the peak of
memory is its own; the log is made in a temporary folder and taken away. On a machine that does other things too
the seconds of processor, divided by the cores, are nearer to what an idle one takes.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from optimizer.calibration.doubts import doubts
from optimizer.calibration.learning import learn
from optimizer.calibration.mapping import Mapping, layout_of
from optimizer.calibration.reading import read_log

TICKETS = 10_000_000
STATUS = Path("/proc/self/status")
PER_DAY = 20_000
"""Tickets of a day, of many branches together."""

NAMES = {
    "arrival": "taken",
    "called": "called",
    "started": "started",
    "ended": "ended",
    "outcome": "outcome",
    "number": "number",
    "transaction": "transaction",
    "tier": "tier",
    "window": "window",
    "teller": "teller",
    "amount": "amount",
}
OUTCOMES = {"served": ["done"], "abandoned": ["left"], "no_show": ["absent"]}


def make(path: Path, tickets: int, form: str) -> None:
    """Write a log: arrivals over eight hours, waits and services of plausible length, a few who leave."""
    whole = form != "csv"
    clock = "strftime({}, '%H:%M:%S')" if form == "csv" else "{}"
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    connection.execute(
        f"""CREATE TABLE drawn AS SELECT i, DATE '2020-01-01' + CAST(i // {PER_DAY} AS INT) AS date,
        31500 + (i % {PER_DAY}) * 28000 // {PER_DAY} AS came, CAST(-420 * ln(1 - random()) AS INT) AS wait,
        CAST(20 - 200 * ln(1 - random()) AS INT) AS service, random() AS fate, CAST(random() * 9 AS INT) AS kind,
        CAST(random() * 12 AS INT) AS place, exp(8 + 1.3 * random()) AS amount FROM range({tickets}) AS t(i)"""
    )
    moments = {"taken": "came", "called": "came + wait", "started": "came + wait + 15",
               "ended": "came + wait + 15 + service"}  # fmt: skip
    happened = {"taken": "true", "called": "fate < 0.95", "started": "fate < 0.9", "ended": "fate < 0.9"}
    columns = [] if whole else ["strftime(date, '%Y-%m-%d') AS date"]
    for name, seconds in moments.items():
        moment = clock.format(f"CAST(date AS TIMESTAMP) + to_seconds({seconds})")
        columns.append(f"CASE WHEN {happened[name]} THEN {moment} END AS {name}")
    columns += [
        "CASE WHEN fate < 0.9 THEN 'done' WHEN fate < 0.95 THEN 'absent' ELSE 'left' END AS outcome",
        f"i % {PER_DAY} + 1 AS number",
        "'kind ' || kind AS transaction",
        "CASE WHEN fate * 100 % 1 < 0.1 THEN 'vip' ELSE 'ordinary' END AS tier",
        "'window ' || place AS window",
        "'teller ' || (place + kind) AS teller",
        "CASE WHEN kind < 4 THEN round(amount, -2) END AS amount",
    ]
    target = "FORMAT parquet" if form == "parquet" else "FORMAT csv, HEADER true"
    connection.execute(f"COPY (SELECT {', '.join(columns)} FROM drawn) TO '{path}' ({target})")


def mapping_of(form: str) -> Mapping:
    """What the columns of the log mean."""
    columns = NAMES | ({"date": "date"} if form == "csv" else {})
    return layout_of({"columns": columns, "outcomes": OUTCOMES}, Mapping)


def measure(path: Path, form: str) -> dict[str, float]:
    """Read, doubt and learn from a log; seconds, megabytes at the peak, rows."""
    start, busy = time.perf_counter(), time.process_time()
    log = read_log(path, mapping_of(form))
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    then = time.perf_counter()
    doubted = doubts(log)
    doubting = time.perf_counter() - then
    learn(log, doubted=doubted)
    learning = time.perf_counter() - then - doubting
    left_out = sum(rejection.count for rejection in log.rejections)
    # Not getrusage: what it tells starts with the peak of the process that started this one.
    (peak,) = (int(line.split()[1]) / 1024 for line in STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return {
        "seconds": seconds,
        "processor": busy,
        "doubts": doubting,
        "learn": learning,
        "megabytes": peak,
        "tickets": log.tickets,
        "left_out": left_out,
    }


def main(arguments: list[str]) -> None:
    """Make each log, read it in a process of its own, print what it took."""
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]), arguments[2])))
        return
    tickets = int(arguments[0]) if arguments else TICKETS
    with tempfile.TemporaryDirectory() as folder:
        for form in arguments[1:] or ["parquet", "csv", "moments"]:
            path = Path(folder) / f"log.{'parquet' if form == 'parquet' else 'csv'}"
            make(path, tickets, form)
            command = [sys.executable, "-m", "benchmarks.calibration", "--measure", str(path), form]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(
                f"{form:8} {path.stat().st_size / 2**20:7.0f} MB  {found['tickets']:>10,} tickets,"
                f" {found['left_out']:,} left out: read in {found['seconds']:.1f} s"
                f" ({found['processor']:.1f} s of processor),"
                f" doubted in {found['doubts']:.1f} s, learnt from in {found['learn']:.1f} s,"
                f" {found['megabytes']:.0f} MB at the peak",
                flush=True,
            )
            path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
