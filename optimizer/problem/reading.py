"""Files in: a folder becomes a Branch, a file a Policy, or every fault is reported."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from optimizer.errors import DataRefused, Fault
from optimizer.problem.branch import Branch
from optimizer.problem.policy import Policy
from optimizer.problem.references import FILE, KINDS, reference_faults
from optimizer.problem.tables import Loc, Origin, merge_tables, reason

TODAY = "today.json"
M = TypeVar("M", bound=BaseModel)


def read_branch(folder: Path | str) -> Branch:
    """Read and check an instance folder.

    Raises:
        DataRefused: with every fault found in ``branch.toml`` and its tables.
    """
    folder = Path(folder)
    faults: list[Fault] = []
    raw = read_toml(folder / FILE, faults)
    if raw is not None:
        origin = merge_tables(folder, raw, faults)
        branch = validated(Branch, raw, FILE, origin, faults)
        if branch is None:
            located = [_located(fault, origin) for fault in reference_faults(raw)]
            told = {(fault.file, fault.place) for fault in faults}
            faults += [fault for fault in located if (fault.file, fault.place) not in told]
        if branch is not None and not faults:
            return branch
    raise DataRefused(faults)


def read_policy(path: Path | str) -> Policy:
    """Read and check a policy file.

    Raises:
        DataRefused: with every fault found.
    """
    path = Path(path)
    faults: list[Fault] = []
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataRefused([Fault(str(path), "file", reason(error), "a readable UTF-8 file")]) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DataRefused([Fault(path.name, place, error.msg, "JSON")]) from error
    except (ValueError, RecursionError) as error:
        raise DataRefused([Fault(path.name, "file", str(error), "JSON of reasonable size")]) from error
    policy = validated(Policy, raw, path.name, {}, faults)
    if policy is None:
        raise DataRefused(faults)
    return policy


def read_today(folder: Path | str) -> Policy | None:
    """The policy in use today, where the instance holds one."""
    path = Path(folder) / TODAY
    return read_policy(path) if path.exists() else None


def read_toml(path: Path, faults: list[Fault]) -> dict[str, Any] | None:
    """What a file says, or None and its fault appended."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(str(path), "file", reason(error), "a readable UTF-8 file"))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(path.name, "syntax", str(error), "TOML"))
    except (ValueError, RecursionError) as error:
        faults.append(Fault(path.name, "file", str(error), "TOML of reasonable size"))
    return None


def validated(model: type[M], raw: Any, file: str, origin: Origin, faults: list[Fault]) -> M | None:
    """The model, or None and its faults appended, save at places that have one."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        told = {(fault.file, fault.place) for fault in faults}
        for detail in error.errors():
            cause = detail.get("ctx", {}).get("error")
            if detail["type"] == "too_short" and detail["input"]:
                continue  # it is too short because what it holds is refused
            if isinstance(cause, DataRefused):
                faults += [_located(fault, origin) for fault in cause.faults]
            elif ((fault := _field_fault(detail, file, origin)).file, fault.place) not in told:
                faults.append(fault)
        return None


def _located(fault: Fault, origin: Origin) -> Fault:
    """A fault of reference, at the line of the table where its name stands."""
    file, place = origin.get((fault.file, fault.place, str(fault.value)), (fault.file, fault.place))
    return replace(fault, file=file, place=place)


def _field_fault(detail: Mapping[str, Any], file: str, origin: Origin) -> Fault:
    """What a field check refuses, in the words of a fault."""
    kind, loc, value, expected = detail["type"], detail["loc"], detail["input"], detail["msg"]
    context = detail.get("ctx", {})
    if kind.startswith("union_tag"):
        loc = (*loc, context["discriminator"].strip("'"))
        value = context.get("tag", "absent")
        expected = f"one of {context['expected_tags']}" if "expected_tags" in context else "this key"
    elif kind == "missing":
        value, expected = "absent", "this key"
    elif kind in EXPECTED:
        expected = EXPECTED[kind]
    file, place = origin.get(loc, (file, _place(loc)))
    return Fault(file, place, value, expected.removeprefix("Input should be ").removeprefix("Value error, "))


EXPECTED = {
    "extra_forbidden": "no such key (is it misspelt?)",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list",
    "string_pattern_mismatch": "lower-case letters, digits and underscores, beginning with a letter",
}


def _place(loc: Loc) -> str:
    """Keys joined by dots, without the marks that a choice between models leaves."""
    parts = [part for part in loc if part != "[key]"]
    if loc[:1] == ("channels",) and loc[2:3] and loc[2] in KINDS:
        del parts[2]
    if loc[2:3] == ("amount",) and loc[3:4] and loc[3] in ("lognormal", "table"):
        del parts[3]
    return ".".join(map(str, parts)) or "file"
