"""The same examples on every machine and every run, so that a failure is always somebody's change."""

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

VAR = Path(__file__).parent.parent.parent / "var"

set_hypothesis_home_dir(VAR / "hypothesis")
settings.register_profile(
    "foyer",
    derandomize=True,
    database=None,
    deadline=None,  # a machine that is busy is no failure
    max_examples=80,
    # An application and a browser are shared by all examples of a test, as they are by all requests of a person.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("foyer")
