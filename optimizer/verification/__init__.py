"""Where a promise meets what happened: an evaluation beside a simulation that shares no formula with it."""

from optimizer.verification.comparison import Comparison, Outcome
from optimizer.verification.explanation import Explanation, Trial
from optimizer.verification.models import MODELS, used_models, without_all
from optimizer.verification.summary import PeriodSummary, TargetSummary, period_summaries, target_summaries
from optimizer.verification.targets import JudgedTarget, Verdict
from optimizer.verification.verify import Verification, VerifyOptions, WithoutModel, verify

__all__ = [
    "MODELS", "Comparison", "Explanation", "JudgedTarget", "Outcome", "PeriodSummary", "TargetSummary", "Trial",
    "Verdict", "Verification", "VerifyOptions", "WithoutModel", "period_summaries", "target_summaries", "used_models",
    "verify", "without_all",
]  # fmt: skip
