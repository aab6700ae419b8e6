"""What share a threshold diverts: amounts, compliance and the machine's limit."""

from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import lognorm

from optimizer.evaluation import Regime
from optimizer.evaluation.diversion import diverted_share, mean_compliance, share_up_to
from optimizer.problem import AmountTable, Campaign, Lognormal

TABLE = AmountTable(distribution="table", amounts=(1000, 5000, 20000), shares=(0.25, 0.5, 0.25))


def regime(greeters=0, campaign="none", withdrawal=0.0, deposit=0.0):
    return Regime((("withdrawal_to_atm", withdrawal), ("deposit_to_ebank", deposit)), greeters, campaign)


@given(log_mean=st.floats(-5, 15), log_sd=st.floats(0.05, 5), limit=st.floats(1e-3, 1e8))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_lognormal_amounts_as_a_reference_computes_them(log_mean, log_sd, limit):
    amount = Lognormal(distribution="lognormal", log_mean=log_mean, log_sd=log_sd)
    expected = lognorm.cdf(limit, log_sd, scale=exp(log_mean))
    assert share_up_to(amount, limit) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("limit", [0.0, -1.0])
def test_no_amount_is_zero_or_less(limit):
    assert share_up_to(Lognormal(distribution="lognormal", log_mean=9, log_sd=1), limit) == 0.0
    assert share_up_to(TABLE, limit) == 0.0


@pytest.mark.parametrize(
    ("limit", "share"),
    [(999, 0), (1000, 0.25), (1001, 0.25), (4999, 0.25), (5000, 0.75), (19999, 0.75), (20000, 1.0), (1e9, 1.0)],
)
def test_amounts_of_a_table_up_to_and_with_the_limit(limit, share):
    assert share_up_to(TABLE, limit) == pytest.approx(share)


@pytest.mark.parametrize(("greeters", "campaign", "expected"), [
    (0, "none", 0.2 * (1 + 1.1 + 1.21) / 3),
    (1, "none", 0.5 * (1 + 1.1 + 1.21) / 3),
    (2, "none", 0.7 * (1 + 1.1 + 1.21) / 3),
    (5, "none", 0.7 * (1 + 1.1 + 1.21) / 3),
    (1, "points", (0.75 + 0.825 + 0.9075) / 3),
    (2, "points", 1.0),
])  # fmt: skip
def test_compliance_grows_with_greeters_campaign_and_weeks(small_branch, greeters, campaign, expected):
    diversion = small_branch.diversions["withdrawal_to_atm"]
    assert mean_compliance(small_branch, diversion, regime(greeters, campaign)) == pytest.approx(expected, rel=1e-12)


def test_compliance_is_cut_at_one_week_by_week(small_branch):
    branch = small_branch.replace(campaigns={"none": Campaign(cost=0, uplift=0.9)})
    diversion = branch.diversions["withdrawal_to_atm"]
    assert mean_compliance(branch, diversion, regime(1)) == pytest.approx((0.95 + 1 + 1) / 3)


def test_compliance_may_fall_over_the_weeks(small_branch):
    branch = small_branch.replace(drift=small_branch.drift.replace(weekly=-0.1, weeks=2))
    diversion = branch.diversions["withdrawal_to_atm"]
    assert mean_compliance(branch, diversion, regime(1)) == pytest.approx((0.5 + 0.45) / 2)


class TestDivertedShare:
    def test_amount_times_able_times_compliance(self, small_branch):
        to, share = diverted_share(small_branch, "deposit", "ordinary", regime(1, deposit=5000))
        assert to == "ebank"
        assert share == pytest.approx(0.75 * 0.5 * 0.6 * (1 + 1.1 + 1.21) / 3)

    def test_the_limit_of_the_machine_binds_before_the_threshold(self, small_branch):
        _, share = diverted_share(small_branch, "withdrawal", "ordinary", regime(1, withdrawal=30000))
        compliance = 0.5 * (1 + 1.1 + 1.21) / 3
        assert share == pytest.approx(lognorm.cdf(20000, 1, scale=exp(9)) * 0.9 * compliance)
        kiosk = small_branch.channels["atm"].replace(limit=None)
        unlimited = small_branch.replace(channels=small_branch.channels | {"atm": kiosk})
        assert diverted_share(unlimited, "withdrawal", "ordinary", regime(1, withdrawal=30000))[1] > share

    def test_a_threshold_of_zero_diverts_nobody(self, small_branch):
        assert diverted_share(small_branch, "withdrawal", "ordinary", regime(2)) == ("atm", 0.0)

    def test_only_the_tiers_named_are_asked(self, small_branch):
        assert diverted_share(small_branch, "withdrawal", "vip", regime(2, withdrawal=10000)) is None
        assert diverted_share(small_branch, "deposit", "vip", regime(2, deposit=5000))[0] == "ebank"

    @pytest.mark.parametrize("transaction", ["opening", "advice"])
    def test_a_transaction_without_a_diversion(self, small_branch, transaction):
        assert diverted_share(small_branch, transaction, "ordinary", regime(2, "points", 30000, 5000)) is None

    def test_nobody_is_sent_where_they_go_anyway(self, small_branch):
        withdrawal = small_branch.transactions["withdrawal"].replace(channel_by_tier={"ordinary": "atm"})
        everybody = small_branch.diversions["withdrawal_to_atm"].replace(tiers=())
        branch = small_branch.replace(
            transactions=small_branch.transactions | {"withdrawal": withdrawal},
            diversions=small_branch.diversions | {"withdrawal_to_atm": everybody},
        )
        assert diverted_share(branch, "withdrawal", "ordinary", regime(2, withdrawal=30000)) is None
