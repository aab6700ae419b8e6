"""Files out, atomically: a killed run leaves no half file."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from optimizer.problem.policy import Policy


def write_text(path: Path, text: str) -> None:
    """Write a file of text whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def to_json(value: Any) -> str:
    """Text of a JSON file; infinite numbers are refused."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def policy_json(policy: Policy) -> str:
    """A policy as the text of its file."""
    return policy.model_dump_json(indent=2, exclude_none=True) + "\n"
