"""What a quarter says of the branch."""

from optimizer.reporting.quarter.branch_parts import dated


def test_dates_in_names_of_days_are_written_as_all_others():
    assert dated("Day off (substituted from 01/04/2026)") == "Day off (substituted from 2026-01-04)"
    assert dated("Chinese New Year") == "Chinese New Year"
