"""A release with a new industry while people keep coming: the label first, then the build that knows it, no 5xx."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from tests.migrations.databases import MigrationDatabase
from tests.pages import squeezed
from tests.patience import PATIENCE_SECONDS, comes_true
from tests.ports import free_ports
from tests.provider import RunningProvider
from tests.schema.builds import THIS_BUILD, copy_build, environment_of
from tests.schema.service import FEWEST_ANSWERS, HeldRequest, Server, Service, Visitor, people_visiting
from webapp.config import Settings


@pytest.fixture
def release_settings(head: MigrationDatabase, provider: RunningProvider) -> Settings:
    """What both builds run with."""
    return replace(
        head.settings,
        base_url=provider.app_url,
        oidc_issuer=provider.issuer,
        oidc_client_id=provider.client_id,
        oidc_client_secret=provider.client_secret,
    )


def test_nobody_notices_that_a_build_with_a_new_industry_takes_over(
    head: MigrationDatabase, release_settings: Settings, provider: RunningProvider, tmp_path: Path
) -> None:
    unlimited = {
        "ADDRESS_LIMIT_PER_HOUR": "1000000",
        "ADDRESS_BURST_LIMIT": "100000",
        "SIGN_IN_STARTS_PER_MINUTE": "100000",
    }
    environment = environment_of(release_settings, HEALTH_CHECK_HOST="*", **unlimited)
    new_build = copy_build(tmp_path / "new")
    new_build.add_spa()
    new_build.flask(environment, "enums", "migration")
    old_port, new_port = free_ports(2)
    service = Service(provider)
    with ExitStack() as servers:
        old = servers.enter_context(Server(THIS_BUILD, environment, old_port, tmp_path / "old.log"))
        service.begin("before", old)
        owner = Visitor(service, "owner@still-waters.example")
        owner.sign_in()
        owner.set_up(industry="gym", name="Still Waters")
        with people_visiting(service) as people:
            people.go_on()

            service.begin("release", old)
            assert "This build may serve" in new_build.flask(environment, "release")
            is_ready(old)
            people.go_on()

            new = servers.enter_context(Server(new_build, environment, new_port, tmp_path / "new.log"))
            service.begin("both", old, new)
            new_build.flask(environment, "organisations", "set-industry", "Still Waters", "spa")
            assert "Still Waters spa basic 6,000" in squeezed(THIS_BUILD.flask(environment, "organisations", "list"))
            shows_and_keeps_what_it_does_not_know(owner, old, head)
            newcomer = Visitor(service, "newcomer@spring.example")
            newcomer.sign_in()
            newcomer.set_up(new, industry="spa", name="Spring")
            assert "Spring" in newcomer.ask("GET", "/dashboard", of=old).text
            people.go_on()

            service.begin("after", new)
            asking = HeldRequest(old, service.host)
            asking.end_server()
            assert asking.answers()[0].status == 400
            assert old.process.wait(PATIENCE_SECONDS) == 0
            assert "Spa · With Foyer since" in squeezed(owner.ask("GET", "/dashboard").text)
            people.go_on()

    assert service.failures() == []
    assert len(service.answers) >= 5 * FEWEST_ANSWERS, "two builds, in the parts in which they served"


def is_ready(server: Server) -> set[str]:
    """Ready without reservation: a database that is ahead must not take what is running out of rotation."""
    answer = requests.get(f"{server.address}/readyz", timeout=PATIENCE_SECONDS)
    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "ready"), told
    return {finding["code"] for finding in told["checks"]["schema"].get("findings", [])}


def stays_ready(server: Server, warnings: set[str]) -> None:
    """Ready until it has looked again and found these, and then still."""
    assert comes_true(lambda: warnings <= is_ready(server)), "it did not look again"


def shows_and_keeps_what_it_does_not_know(owner: Visitor, old: Server, database: MigrationDatabase) -> None:
    """An organisation in the new industry, seen and changed through the build that does not know it."""
    assert "Still Waters" in owner.ask("GET", "/dashboard", of=old).text
    owner.ask("GET", "/usage", of=old)
    owner.change_settings(of=old, name="Stiller Waters")
    assert stored_industry(database, "Stiller Waters") == "spa"
    newcomer = Visitor(owner.service, "newcomer@brook.example")
    newcomer.sign_in()
    newcomer.set_up(of=old)
    newcomer.change_settings(422, of=old, industry="spa")
    stays_ready(old, {"label_unknown", "revision_ahead"})


def stored_industry(database: MigrationDatabase, name: str) -> str:
    with database.as_owner() as connection:
        query = sa.text("SELECT industry_type::text FROM organisations WHERE name = :name")
        return str(connection.execute(query, {"name": name}).scalar_one())
