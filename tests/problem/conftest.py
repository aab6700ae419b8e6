"""The small branch with service times and patience of a table."""

import pytest


@pytest.fixture
def table_files(branch_files):
    """The files of the small branch: withdrawals at the cash window take 2 or 6 minutes, vips wait 40 or 80."""
    assert branch_files["service_times.csv"][1][:2] == ["cash", "withdrawal"]
    branch_files["service_times.csv"][1][2:] = ["table", "4", "0.25"]
    branch_files["service_tables.csv"] = [
        ["channel", "transaction", "minutes", "share"],
        ["cash", "withdrawal", "2", "0.5"],
        ["cash", "withdrawal", "6", "0.5"],
    ]
    branch_files["branch.toml"]["tiers"]["vip"] |= {
        "patience_distribution": "table",
        "patience_scv": 0.111,
        "patience_minutes": [40, 80],
        "patience_shares": [0.5, 0.5],
    }
    return branch_files
