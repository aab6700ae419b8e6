"""Patience of any distribution: its mean, scv and table agree, and every fault is told where it stands."""

import pytest

from optimizer.problem import read_branch

PLACE = "tiers.vip"
TABLE = {"patience_distribution": "table", "patience_scv": 0.111, "patience_minutes": [40, 80],
         "patience_shares": [0.5, 0.5]}  # fmt: skip
ROWS = "one or more patience times, each with its share"


def with_patience(files, change):
    """The files with keys of the tier vip changed, whose mean patience is 60 minutes; ``...`` takes a key away."""
    tier = files["branch.toml"]["tiers"]["vip"] | change
    files["branch.toml"]["tiers"]["vip"] = {key: value for key, value in tier.items() if value is not ...}
    return files


def test_a_table_is_read_as_it_stands(branch_files, write_files, tmp_path):
    vip = read_branch(write_files(tmp_path, with_patience(branch_files, TABLE))).tiers["vip"]
    assert (vip.patience_distribution, vip.patience, vip.patience_scv) == ("table", 60.0, 0.111)
    assert (vip.patience_minutes, vip.patience_shares) == ((40.0, 80.0), (0.5, 0.5))


def test_patience_is_exponential_unless_said_otherwise(small_branch):
    vip = small_branch.tiers["vip"]
    assert (vip.patience_distribution, vip.patience_scv) == ("exponential", 1.0)
    assert (vip.patience_minutes, vip.patience_shares) == ((), ())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        # exponential
        ({"patience_scv": 1}, None),
        ({"patience": ...}, None),
        ({"patience_scv": 0.5}, ("patience_scv", 0.5, "1, unless the patience_distribution is another")),
        ({"patience": ..., "patience_scv": 2}, ("patience_scv", 2.0, "1, unless the patience_distribution is another")),
        ({"patience_minutes": [60]},
         ("patience_minutes", (60.0,), 'none, unless the patience_distribution is "table"')),
        # lognormal and gamma
        ({"patience_distribution": "lognormal", "patience_scv": 4}, None),
        ({"patience_distribution": "gamma", "patience_scv": 0}, None),
        ({"patience_distribution": "gamma", "patience_scv": 100}, None),
        ({"patience_distribution": "gamma", "patience_scv": 101}, ("patience_scv", 101, "less than or equal to 100")),
        ({"patience_distribution": "gamma", "patience_scv": -1}, ("patience_scv", -1, "greater than or equal to 0")),
        ({"patience_distribution": "gamma", "patience": ...},
         ("patience", "absent", 'a mean, as the patience_distribution is "gamma"')),
        ({"patience_distribution": "lognormal", "patience": 0}, ("patience", 0, "greater than 0")),
        ({"patience_distribution": "lognormal", "patience_shares": [1.0]},
         ("patience_shares", (1.0,), 'none, unless the patience_distribution is "table"')),
        # table
        (TABLE, None),
        (TABLE | {"patience": 60.5}, None),
        (TABLE | {"patience": 61}, ("patience", 61.0, "60, that of its table, within 1%")),
        (TABLE | {"patience": ...}, ("patience", "absent", 'a mean, as the patience_distribution is "table"')),
        (TABLE | {"patience_scv": 0.116}, None),
        (TABLE | {"patience_scv": 0.117}, ("patience_scv", 0.117, "0.1111, that of its table, within 5%")),
        (TABLE | {"patience_scv": ...}, ("patience_scv", 1.0, "0.1111, that of its table, within 5%")),
        (TABLE | {"patience_minutes": [80, 40]}, ("", "40 after 80", "patience times that increase")),
        (TABLE | {"patience_shares": [0.5, 0.25]}, ("", 0.75, "shares that sum to 1")),
        (TABLE | {"patience_shares": [1.0]}, ("", "2 patience times", ROWS)),
        (TABLE | {"patience_shares": ..., "patience_minutes": ...}, ("", "0 patience times", ROWS)),
        (TABLE | {"patience_minutes": [0, 80]}, ("patience_minutes.0", 0, "greater than 0")),
        (TABLE | {"patience_minutes": 60}, ("patience_minutes", 60, "a list")),
        (TABLE | {"patience_shares": ["half", 0.5]}, ("patience_shares.0", "half", "a valid number")),
        # none of these
        (TABLE | {"patience_distribution": "weibull"},
         ("patience_distribution", "weibull", "'exponential', 'lognormal', 'gamma' or 'table'")),
    ],
)  # fmt: skip
def test_patience_permits_and_forbids(branch_files, faults_of, change, told):
    expected = told and [("branch.toml", f"{PLACE}.{told[0]}".rstrip("."), *told[1:])]
    assert faults_of(with_patience(branch_files, change)) == expected


def test_faults_of_every_tier_are_told_together_with_the_others(branch_files, faults_of):
    toml = with_patience(branch_files, TABLE | {"patience": 50, "patience_scv": ...})["branch.toml"]
    toml["tiers"]["ordinary"] |= {"patience_distribution": "gamma", "patience_minutes": [30]}
    del toml["tiers"]["ordinary"]["patience"]
    toml["head_start"] = 0
    toml["channels"]["atm"]["come_back"] = 1.5
    toml["queue_rules"]["divert_from"] = [0, -1]
    assert sorted(faults_of(branch_files)) == [
        ("branch.toml", "channels.atm.come_back", 1.5, "less than or equal to 1"),
        ("branch.toml", "head_start", 0, "greater than 0"),
        ("branch.toml", "queue_rules.divert_from.1", -1, "greater than or equal to 0"),
        ("branch.toml", "tiers.ordinary.patience", "absent", 'a mean, as the patience_distribution is "gamma"'),
        ("branch.toml", "tiers.ordinary.patience_minutes", [30], 'none, unless the patience_distribution is "table"'),
        ("branch.toml", "tiers.vip.patience", 50.0, "60, that of its table, within 1%"),
        ("branch.toml", "tiers.vip.patience_scv", 1.0, "0.1111, that of its table, within 5%"),
    ]


def test_a_what_if_is_held_to_the_same(small_branch):
    gamma = small_branch.tiers["vip"].replace(patience_distribution="gamma", patience_scv=0.5)
    assert small_branch.replace(tiers=small_branch.tiers | {"vip": gamma}).tiers["vip"].patience_scv == 0.5
    endless = gamma.replace(patience=None)
    with pytest.raises(ValueError, match=r"tiers\.vip\.patience: 'absent': expected a mean"):
        small_branch.replace(tiers=small_branch.tiers | {"vip": endless})
