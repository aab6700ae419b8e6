"""The public interface: every function is documented, in the guide, and held to values from elsewhere."""

import inspect
import json
import re
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from optimizer import queues

TESTS = Path(__file__).parents[1]
GUIDE = (TESTS.parent / "docs" / "queues.md").read_text(encoding="utf-8")
FUNCTIONS = {name: getattr(queues, name) for name in queues.__all__ if inspect.isfunction(getattr(queues, name))}

# Where the value of each model stands that the program did not make: a file of tests/reference, and its section.
MODELS = {
    "accumulating_priority": ("models.json", "values"),
    "allen_cunneen": ("general_service.json", "mphc"),
    "availability": ("models.json", "values"),
    "balking_queue": ("models.json", "values"),
    "breakdown_day": ("models.json", "values"),
    "breakdown_queue": ("models.json", "values"),
    "busy_day_factor": ("call_centre.json", "cases"),
    "departure_scv": ("stages.json", "two_stages"),
    "deterministic_service": ("general_service.json", "mdc"),
    "equivalent_random_blocking": ("models.json", "values"),
    "erlang_a": ("waiting.json", "erlangA"),
    "erlang_b": ("erlang.json", "erlang"),
    "erlang_b_continued": ("models.json", "values"),
    "erlang_c": ("erlang.json", "erlang"),
    "expected_day": ("call_centre.json", "cases"),
    "general_service": ("general_service.json", "mphcm"),
    "hayward_blocking": ("models.json", "values"),
    "head_start_priority": ("models.json", "values"),
    "kimura": ("general_service.json", "mphc"),
    "lagged_sipp": ("models.json", "values"),
    "least_servers": ("models.json", "values"),
    "modified_offered_load": ("models.json", "values"),
    "over_busy_days": ("models.json", "values"),
    "overflow_traffic": ("models.json", "values"),
    "phase_type_service": ("general_service.json", "mphc"),
    "priority_approximation": ("priority.json", "hol_hetero"),
    "priority_day": ("models.json", "values"),
    "priority_queue": ("priority.json", "hol"),
    "service_rules_day": ("models.json", "values"),
    "service_rules_queue": ("models.json", "values"),
    "service_rules_shortcut": ("models.json", "values"),
    "servers_up": ("models.json", "values"),
    "sipp": ("models.json", "values"),
    "slowness": ("general_service.json", "mphcm"),
    "stationary_backlog_carryover": ("models.json", "values"),
    "tandem": ("stages.json", "tandem"),
    "tandem_day": ("models.json", "values"),
    "threshold_diversion": ("models.json", "values"),
    "ticket_queue": ("general_service.json", "dead_numbers"),
    "transient_day": ("transient.json", "exhaustive"),
    "whitt": ("general_service.json", "phphc"),
}
PARTS = {"erlang_mixture", "hyperexponential", "phase_type_fit", "mixture", "tickets", "inverse_laplace", "tabulate"}
"""Functions that make what models take, or repeat them."""
BOUNDS = {name for name, function in FUNCTIONS.items() if function.__module__.startswith("optimizer.queues.bounds")}
"""Functions that serve the search for a policy; docs/method.md says what they rest on."""


def reference(name):
    return json.loads((TESTS / "reference" / name).read_text(encoding="utf-8"))


def test_every_function_is_a_model_or_a_part_of_one():
    assert set(FUNCTIONS) == MODELS.keys() | PARTS | BOUNDS


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_is_in_the_guide(name):
    assert re.search(rf"`{name}`", GUIDE)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_docstring_has_all_its_parts(name):
    text = inspect.getdoc(FUNCTIONS[name]) or ""
    wanted = {"Args:", "Returns:", "Raises:", "Source:", ">>> "}
    if name == "tabulate":  # a loop over another model, whoever thought of it
        wanted -= {"Source:"}
    if name in BOUNDS:  # they check nothing
        wanted -= {"Raises:"}
    assert [part for part in sorted(wanted) if part not in text] == []
    if name != "tabulate":
        assert re.search("Assumptions|Range|When wrong", text), "where it holds"
    assert re.match(r".+[.:]\n", text), "one sentence first"
    arguments = text.partition("Args:")[2]
    given = [p.name for p in inspect.signature(FUNCTIONS[name]).parameters.values() if p.name != "parameters"]
    assert [p for p in given if not re.search(rf"^\s+{p}:", arguments, re.MULTILINE)] == []


@pytest.mark.parametrize("model", sorted(MODELS))
def test_a_model_has_a_value_that_the_program_did_not_make(model):
    """In a cited section of a file that some test of the model reads, or that is read below."""
    file, section = MODELS[model]
    assert f"| `{file}` |" in (TESTS / "reference" / "README.md").read_text(encoding="utf-8")
    found = reference(file)[section]
    if file == "models.json":
        assert model in {row["model"] for row in found}
    else:
        read = re.compile(rf"(?s)\b{model}\b.*{re.escape(file)}|{re.escape(file)}.*\b{model}\b")
        texts = [path.read_text(encoding="utf-8") for path in (TESTS / "queues").rglob("test_*.py")]
        assert any(read.search(text) and section in text for text in texts if "MODELS = {" not in text)


def value_of(row):
    """What a model answers to a row of the file."""
    given = dict(row["arguments"])
    if "traffic" in given:
        given["traffic"] = queues.Traffic(*given["traffic"])
    if row["model"] == "over_busy_days":
        inner = given.pop("measure")
        model, wanted, rate = FUNCTIONS[inner.pop("model")], inner.pop("measure"), inner.pop("arrival_rate")
        given["measure"] = lambda z: measured(model(arrival_rate=z * rate, **inner), wanted)
    if row["model"] == "least_servers":
        given["model"] = FUNCTIONS[given["model"]]
    if "stages" in given:
        given["stages"] = [queues.Stage(*stage) for stage in given["stages"]]
    answer, measure = FUNCTIONS[row["model"]](**given), row["measure"]
    if measure == "":
        return answer
    if measure.startswith("tiers."):
        return [measured(tier, measure.removeprefix("tiers.")) for tier in answer.tiers]
    if measure[0].isdigit():
        return measured(answer[int(measure[0])], measure[2:])
    return measured(answer, measure)


def measured(answer, measure):
    """A measure by name, with its limit in brackets if it has one."""
    name, _, limit = measure.partition("(")
    found = attrgetter(name)(answer)
    return found(float(limit.rstrip(")"))) if limit else found


@pytest.mark.parametrize("row", reference("models.json")["values"], ids=lambda row: f"{row['model']} {row['measure']}")
def test_a_model_gives_the_value_to_its_digits(row):
    found, wanted = np.array(value_of(row)), np.array(row["value"])
    assert row["source"]
    if "half_width" in row:
        assert (abs(found - wanted) <= np.array(row["half_width"])).all(), found
    else:
        unit = 10.0 ** (np.floor(np.log10(abs(wanted))) + 1 - row["figures"])
        assert (abs(found - wanted) <= np.maximum(0.51 * unit, 2e-12)).all(), found - wanted
