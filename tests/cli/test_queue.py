"""The calculator: its numbers, its units, what it finds and what it refuses."""

import doctest
import json
import math
import random
import shlex

import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import poisson

from optimizer.cli import main, quantities

KEYS = [
    "servers", "offered_load", "utilization", "wait_probability", "mean_wait", "mean_queue", "mean_time_in_system",
    "service_level", "abandonment", "model", "exact", "blocking",
]  # fmt: skip
BRANCH = "--arrivals 43/h --service 2.6min"


def run(line):
    return CliRunner().invoke(main, ["queue", *shlex.split(line)])


def ask(line):
    """The JSON answer, strictly."""
    result = run(f"{line} --format json")
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(result.stdout, parse_constant=refuse)


def refusal(line):
    result = run(line)
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr.partition("Error: ")[2].splitlines()


def delayed(servers, load):
    """Erlang C by Poisson probabilities."""
    lost = poisson.pmf(servers, load) / poisson.cdf(servers, load)
    return lost / (1 - load / servers * (1 - lost))


def chain(servers, load, patience=math.inf, capacity=600):
    """Probabilities of n in system, in units of the mean service time."""
    weights = [1.0]
    for n in range(1, capacity + 1):
        weights.append(weights[-1] * load / (min(n, servers) + max(n - servers, 0) / patience))
    return np.array(weights) / sum(weights)


class TestNumbers:
    def test_erlang_c(self):
        load = 43 * 2.6 / 60
        waits, rate = delayed(3, load), (3 - load) / 2.6
        answer = ask(f"{BRANCH} --servers 3 --within 5min")
        assert answer == {
            "servers": 3,
            "offered_load": pytest.approx(load),
            "utilization": pytest.approx(load / 3),
            "wait_probability": pytest.approx(waits),
            "mean_wait": pytest.approx(waits / rate),
            "mean_queue": pytest.approx(43 / 60 * waits / rate),
            "mean_time_in_system": pytest.approx(waits / rate + 2.6),
            "service_level": pytest.approx(1 - waits * math.exp(-rate * 5)),
            "abandonment": 0.0,
            "model": "M/M/3",
            "exact": True,
            "blocking": 0.0,
            "tiers": [],
        }

    def test_impatience_with_a_long_limit(self):
        """A sum of powers and factorials that underflows gives 0.008."""
        answer = ask("--arrivals 1,500/h --service 6min --patience 45min --servers 140 --within 30min")
        assert answer["service_level"] == pytest.approx(0.932963, abs=5e-7)

    def test_impatience_by_the_chain(self):
        answer = ask("--arrivals 40/h --service 6min --patience 9min --servers 4")
        states = chain(4, 4.0, 1.5)
        queue = states @ np.maximum(np.arange(601) - 4, 0)
        assert answer["mean_queue"] == pytest.approx(queue)
        assert answer["mean_wait"] == pytest.approx(6 * queue / 4)
        assert answer["abandonment"] == pytest.approx(queue / 1.5 / 4)
        assert answer["service_level"] is None

    def test_a_capacity_counts_those_in_service(self):
        answer = ask("--arrivals 40/h --service 6min --servers 4 --capacity 7 --within 1s")
        states = chain(4, 4.0, capacity=7)
        queue = states @ np.maximum(np.arange(8) - 4, 0)
        assert answer["blocking"] == pytest.approx(states[7])
        assert answer["mean_wait"] == pytest.approx(6 * queue / 4 / (1 - states[7]))
        assert states[:4].sum() < answer["service_level"] < states[:4].sum() + 0.002
        assert answer["wait_probability"] == pytest.approx(states[4:7].sum() / (1 - states[7]))

    def test_without_a_place_to_wait_it_is_erlang_b(self):
        answer = ask("--arrivals 60/h --service 7min --servers 10 --capacity 10")
        assert answer["blocking"] == pytest.approx(0.078741, abs=5e-7)
        assert (answer["mean_wait"], answer["mean_time_in_system"]) == (0.0, pytest.approx(7.0))

    @pytest.mark.parametrize(("scv", "exact"), [("0", True), ("1", True), ("2.5", False)])
    def test_one_server_follows_pollaczek_and_khinchine(self, scv, exact):
        answer = ask(f"--arrivals 8/h --service 6min --servers 1 --scv {scv}")
        assert answer["mean_wait"] == pytest.approx(6 * 0.8 / 0.2 * (1 + float(scv)) / 2)
        assert answer["exact"] is exact

    def test_tiers_behind_five_servers(self):
        """M/M/5, ρ = 0.9, one in three in the high tier."""
        answer = ask("--arrivals 45/h --service 6min --servers 5 --tiers 0.333333,0.666667 --within 10min")
        high, low = answer["tiers"]
        assert high["mean_time_in_system"] == pytest.approx(7.307, abs=6e-4)
        assert low["mean_time_in_system"] == pytest.approx(19.071, abs=6e-4)
        assert list(high) == KEYS
        assert answer["mean_wait"] == pytest.approx(delayed(5, 4.5) / 0.5 * 6)
        assert answer["service_level"] == pytest.approx(
            (high["service_level"] + 2 * low["service_level"]) / 3, abs=1e-6
        )

    def test_one_answer_has_the_keys_promised(self):
        assert list(ask(f"{BRANCH} --servers 3")) == [*KEYS, "tiers"]


class TestOverload:
    @pytest.mark.parametrize("servers", [1, 2, 3])
    def test_it_is_an_answer(self, servers):
        line = f"--arrivals 36/h --service 5min --servers {servers} --within 5min"
        answer = ask(line)
        assert [answer[key] for key in ("mean_wait", "mean_queue", "mean_time_in_system")] == [None] * 3
        assert (answer["utilization"], answer["wait_probability"], answer["service_level"]) == (1.0, 1.0, 0.0)
        said = run(line)
        assert said.exit_code == 0
        assert f"{servers} cannot keep up: the queue grows without end. At least 4 servers are needed." in said.stdout
        assert said.stdout.count("endless") == 3

    def test_the_higher_tier_may_have_an_end(self):
        answer = ask("--arrivals 36/h --service 5min --servers 2 --tiers 0.3,0.7")
        assert answer["mean_wait"] is None
        assert answer["tiers"][0]["mean_wait"] < 5
        assert answer["tiers"][1]["mean_wait"] is None

    def test_impatience_ends_it(self):
        answer = ask("--arrivals 600/h --service 5min --servers 3 --patience 5min")
        assert answer["abandonment"] == pytest.approx(1 - 3 / 50, rel=1e-9)


class TestUnits:
    def test_the_examples_of_the_readers_run(self):
        assert doctest.testmod(quantities).failed == 0

    @pytest.mark.parametrize("arrivals", ["30/h", "0.5/min", ".5 / min", "0.0083333333/s", " 30.0/h "])
    def test_rates(self, arrivals):
        assert ask(f"--arrivals '{arrivals}' --service 3min --servers 3")["offered_load"] == pytest.approx(1.5)

    @pytest.mark.parametrize("service", ["3min", "180s", "0.05h", "3.0 min", "3.min"])
    def test_times(self, service):
        line = f"--arrivals 30/h --service '{service}' --servers 3 --within '{service}' --patience '{service}'"
        assert ask(line) == ask("--arrivals 30/h --service 3min --servers 3 --within 3min --patience 3min")

    def test_thousands(self):
        assert ask("--arrivals 1,500/h --service 6s --servers 3")["offered_load"] == 2.5

    @pytest.mark.parametrize(
        "arrivals", ["43", "43/day", "43h", "0/h", "-43/h", "nan/h", "1e3/h", "", "43 per h", "4,3/h"]
    )
    def test_a_rate_without_its_unit_is_refused(self, arrivals):
        assert refusal(f"--arrivals '{arrivals}' --service 2.6min --servers 3") == [
            f"--arrivals: {arrivals!r}: expected a rate above 0 with its unit, such as 43/h, 0.7/min or 0.01/s"
        ]

    @pytest.mark.parametrize("name", ["service", "patience", "within"])
    @pytest.mark.parametrize("time", ["2.6", "2.6/h", "2,6min", "0min", "-1min", "2.6m", "2.6 days", "inf min"])
    def test_a_time_without_its_unit_is_refused(self, name, time):
        given = {"arrivals": "43/h", "service": "2.6min", "servers": "3", name: time}
        line = " ".join(f"--{key} '{value}'" for key, value in given.items())
        assert refusal(line) == [
            f"--{name}: {time!r}: expected a time above 0 with its unit, such as 2.6min, 90s or 0.5h"
        ]


class TestFinding:
    @pytest.mark.parametrize("seed", range(12))
    def test_servers_for_a_service_level_are_the_least(self, seed):
        random.seed(seed)
        arrivals, service = random.choice([0.5, 4, 25, 300]) * random.random(), random.choice([2, 6, 20])
        level, within, load = random.uniform(0.2, 0.99), random.choice([0.5, 5, 15]), arrivals * service / 60
        enough = next(
            c
            for c in range(1, 200)
            if c > load and 1 - delayed(c, load) * math.exp(-(c - load) * within / service) >= level
        )
        line = f"--arrivals {arrivals:.9f}/h --service {service}min --within {within}min"
        assert ask(f"{line} --find servers --service-level {level:.9f}")["servers"] == enough

    @pytest.mark.parametrize("seed", range(8))
    def test_servers_for_an_abandonment_are_the_least(self, seed):
        random.seed(seed)
        load, patience, most = random.choice([0.2, 3, 40]) * random.random(), random.uniform(0.3, 6), random.random()

        def lost(c):
            return chain(c, load, patience, 400) @ np.maximum(np.arange(401) - c, 0) / patience / load

        enough = next(c for c in range(1, 200) if lost(c) <= most)
        line = f"--arrivals {load:.9f}/min --service 1min --patience {patience:.9f}min"
        assert ask(f"{line} --find servers --abandonment {most:.9f}")["servers"] == enough

    @pytest.mark.parametrize(
        "more",
        [
            "--scv 2",
            "--scv 0",
            "--scv 0.5 --patience 4min",
            "--tiers 0.3,0.7",
            "--tiers 0.1,0.9 --patience 6min",
            "--capacity 9",
        ],
    )
    def test_servers_for_a_mean_wait_are_the_first_of_all_tried(self, more):
        line = f"--arrivals 70/h --service 3min {more}"
        waits = {c: ask(f"{line} --servers {c}")["mean_wait"] for c in range(1, 10)}
        enough = next(c for c, wait in waits.items() if wait is not None and wait <= 0.5)
        assert ask(f"{line} --find servers --mean-wait 30s")["servers"] == enough

    def test_every_target_holds(self):
        targets = {"--service-level 0.5 --within 5min": 0, "--mean-wait 20s": 0, "--abandonment 0.03": 0}
        line = f"{BRANCH} --patience 10min --find servers"
        alone = {target: ask(f"{line} {target}")["servers"] for target in targets}
        assert len(set(alone.values())) > 1
        assert ask(f"{line} {' '.join(targets)}")["servers"] == max(alone.values())

    def test_the_answer_is_that_of_the_number_found(self):
        assert ask(f"{BRANCH} --find servers --service-level 0.8 --within 5min") == ask(
            f"{BRANCH} --servers 3 --within 5min"
        )

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_a_capacity_can_make_it_impossible(self, form):
        """Erlang B of 3 at load 1.86 loses one in five."""
        line = f"{BRANCH} --find servers --service-level 0.9 --within 5min --capacity 3 --format {form}"
        result = run(line)
        assert result.exit_code == 3
        assert result.stderr == "no number of servers keeps every target with a capacity of 3\n"
        if form == "json":
            assert json.loads(result.stdout) == {**dict.fromkeys(KEYS), "tiers": []}
        else:
            assert result.stdout == ""
        assert ask(line.replace("y 3", "y 5"))["servers"] == 3


class TestRefusals:
    def test_every_fault_at_once(self):
        faults = refusal("--arrivals 43 --servers 2.5 --scv -1 --tiers 0.2,0.7 --patience 9")
        assert faults[0] == "6 faults"
        assert [fault.split(": expected")[0] for fault in faults[1:]] == [
            "--arrivals: '43'", "--service: missing", "--servers: '2.5'", "--patience: '9'", "--scv: '-1'",
            "--tiers: '0.2,0.7'",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ("", "--servers: missing: expected a number of servers, or --find servers"),
            ("--servers 3 --mean-wait 1min", "--mean-wait: expected only with --find servers"),
            ("--find servers --servers 3 --mean-wait 1min", "--servers: expected it or --find servers, not both"),
            ("--find servers", "--find servers: expected a target: --service-level, --mean-wait, --abandonment"),
            ("--find servers --service-level 0.8", "--service-level: expected --within with it: the limit of the wait"),
            (
                "--find servers --abandonment 0.05",
                "--abandonment: expected --patience with it: without, nobody gives up",
            ),
            (
                "--servers 3 --scv 2 --capacity 9",
                "--scv: no model here has --capacity and a service that is not exponential (scv 1)",
            ),
            (
                "--servers 3 --scv 2 --tiers 0.2,0.8",
                "--scv: no model here has --tiers and a service that is not exponential (scv 1)",
            ),
            ("--servers 3 --capacity 9 --tiers 0.2,0.8", "--tiers: no model here has them and --capacity"),
            ("--servers 0", "--servers: '0': expected a whole number from 1 to 999999"),
            ("--servers 3 --tiers 0.2", "--tiers: '0.2': expected shares of all customers, highest priority first, "
             "such as 0.2,0.8"),
            ("--servers 3 --tiers 0,1", "--tiers: '0,1': expected shares above 0 that sum to 1, such as 0.2,0.8"),
            ("--find servers --service-level 1 --within 1min",
             "--service-level: '1': expected a share between 0 and 1, such as 0.8"),
        ],
    )  # fmt: skip
    def test_what_does_not_go_together(self, options, said):
        assert refusal(f"{BRANCH} {options}") == [said]

    def test_an_exponential_service_goes_with_everything(self):
        assert ask(f"{BRANCH} --servers 3 --scv 1 --capacity 9")["exact"]


class TestText:
    def test_plain_words(self):
        result = run(f"{BRANCH} --servers 3 --within 5min --patience 10min")
        assert [line.rsplit("  ", 1)[0].rstrip() for line in result.stdout.splitlines()] == [
            "Servers", "Servers' worth of work coming in", "Time that servers are busy", "Customers who have to wait",
            "Mean wait", "Mean number waiting", "Mean time from coming to leaving", "Served within 5 min",
            "Customers who give up", "Model: M/M/3+M, exact, in the long run.",
        ]  # fmt: skip

    def test_numbers_are_those_of_the_json(self):
        line = f"{BRANCH} --servers 3 --within 5min"
        answer, said = ask(line), run(line).stdout
        assert f" {answer['mean_wait']:.2f} min\n" in said
        assert f" {answer['service_level']:.1%}\n" in said

    def test_a_column_for_each_tier(self):
        said = run(f"{BRANCH} --servers 3 --tiers 0.2,0.3,0.5").stdout
        assert said.splitlines()[0].split("  ")[-3:] == ["tier 1 (0.2)", "tier 2 (0.3)", "tier 3 (0.5)"]

    def test_an_approximation_says_so(self):
        assert "M/G/3, an approximation, in the long run." in run(f"{BRANCH} --servers 3 --scv 2").stdout

    def test_the_example_of_the_help_works(self):
        line = main.commands["queue"].epilog.removeprefix("Try: qpo queue ")
        assert ask(line)["servers"] == 3
