"""Settings for every test: reproducible property tests, the folder of real inputs, and no silent skip in CI."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("LUCIOLE_HYPOTHESIS", "ci"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where CI=true a skipped test is a failure: something that should have been shown was not."""
    outcome = yield
    _refuse(outcome.get_result())  # type: ignore[attr-defined] # pluggy's result of a wrapped hook


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """The same for a file whose tests are all skipped because something cannot be imported."""
    outcome = yield
    _refuse(outcome.get_result())  # type: ignore[attr-defined] # as above


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") == "true" and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
