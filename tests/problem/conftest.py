"""The small branch with service times of a table."""

import pytest


@pytest.fixture
def table_files(branch_files):
    """The files of the small branch, whose withdrawals at the cash window take 2 or 6 minutes."""
    assert branch_files["service_times.csv"][1][:2] == ["cash", "withdrawal"]
    branch_files["service_times.csv"][1][2:] = ["table", "4", "0.25"]
    branch_files["service_tables.csv"] = [
        ["channel", "transaction", "minutes", "share"],
        ["cash", "withdrawal", "2", "0.5"],
        ["cash", "withdrawal", "6", "0.5"],
    ]
    return branch_files
