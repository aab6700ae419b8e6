"""Verbs: the only place that prints and exits. Heavy imports wait until a command runs."""

from importlib.metadata import version

import click

from optimizer.cli.calibrate import calibrate
from optimizer.cli.check import check
from optimizer.cli.evaluate import evaluate
from optimizer.cli.forecast import forecast
from optimizer.cli.plan import plan
from optimizer.cli.queue import queue
from optimizer.cli.replan import replan
from optimizer.cli.report import compare, report
from optimizer.cli.schema import schema
from optimizer.cli.simulate import simulate
from optimizer.cli.solve import solve
from optimizer.cli.verify import verify
from optimizer.cli.why import why


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try: qpo solve instances/daan -o runs/daan",
)
@click.version_option(version("queue-policy-optimizer"), prog_name="qpo")
def main() -> None:
    """How many people, on which shifts, at which windows, and which transactions to send to machines.

    Answers go to standard output, everything else to standard error.

    \b
    Exit codes: 0 answered, 1 data refused, 2 misused, 3 proved infeasible,
    4 limit reached without a policy, 5 a judgement failed.
    """


COMMANDS = (
    check, solve, evaluate, verify, simulate, plan, why, replan, report, compare, queue, schema, forecast, calibrate,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
