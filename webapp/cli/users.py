"""`flask users`: look after people."""

import click
from flask.cli import AppGroup

from webapp.cli.output import as_json, example, refusals_end_with_one, show_fields, show_json, show_table, why
from webapp.domain.actor import OPERATOR
from webapp.models import User
from webapp.services import people

users = AppGroup("users", help="List people, give and take admin rights, block, unblock and sign out.")


@users.command("list", epilog=example("users list --admins", "users list --blocked --json"))
@click.option("--admins", is_flag=True, help="Only platform admins.")
@click.option("--blocked", is_flag=True, help="Only people who are blocked.")
@as_json
@refusals_end_with_one
def list_command(admins: bool, blocked: bool, as_json: bool) -> None:
    """List people by e-mail address."""
    found = people.list_any_people(admins_only=admins, blocked_only=blocked)
    if as_json:
        show_json([_as_dict(user) for user in found])
        return
    rows = [
        (
            user.display_name,
            user.email,
            "platform admin" if user.is_platform_admin else "",
            "active" if user.is_active else "blocked",
            user.id,
        )
        for user in found
    ]
    show_table(("NAME", "E-MAIL", "RIGHTS", "STATUS", "ID"), rows, nothing="There are no such people.")


@users.command("show", epilog=example("users show owner@odeon.example"))
@click.argument("user")
@as_json
@refusals_end_with_one
def show_command(user: str, as_json: bool) -> None:
    """Show one USER, given by id or by verified e-mail address, with their organisations."""
    details = people.get_any_person_details(user)
    places = [
        {"id": str(place.organisation_id), "name": place.organisation_name, "role": place.role.value}
        for place in details.places
    ]
    identities = [{"issuer": issuer, "subject": subject} for issuer, subject in details.identities]
    if as_json:
        show_json({**_as_dict(details.user), "organisations": places, "identities": identities})
        return
    show_fields(
        {
            **_as_dict(details.user),
            "organisations": ", ".join(f"{place['name']} ({place['role']})" for place in places) or None,
            "identities": ", ".join(f"{one['subject']} at {one['issuer']}" for one in identities) or None,
        }
    )


@users.command("grant-admin", epilog=example("users grant-admin admin@foyer.example"))
@click.argument("user")
@refusals_end_with_one
def grant_admin_command(user: str) -> None:
    """Let USER (id or verified e-mail address) work across organisations.

    The right belongs to the person and how they sign in, not to the address: nobody else gets it with that.
    """
    found = people.find_any_person(user)
    name, user_id = found.display_name, found.id
    changed = people.set_platform_admin(user_id, is_admin=True, by=OPERATOR)
    click.echo(f"{name} is now a platform admin. {user_id}" if changed else f"{name} was a platform admin already.")


@users.command("revoke-admin", epilog=example("users revoke-admin admin@foyer.example"))
@click.argument("user")
@refusals_end_with_one
def revoke_admin_command(user: str) -> None:
    """Take that right from USER (id or verified e-mail address) again."""
    found = people.find_any_person(user)
    name, user_id = found.display_name, found.id
    changed = people.set_platform_admin(user_id, is_admin=False, by=OPERATOR)
    click.echo(f"{name} is no platform admin any more." if changed else f"{name} was no platform admin.")


@users.command("block", epilog=example('users block kim@example.com --reason "Left the company"'))
@click.argument("user")
@why
@refusals_end_with_one
def block_command(user: str, reason: str | None) -> None:
    """End every session of USER (id or verified e-mail address) and refuse further sign-ins."""
    found = people.find_any_person(user)
    name, user_id = found.display_name, found.id
    ended = people.block(user_id, by=OPERATOR, reason=reason)
    click.echo(f"{name} was blocked already." if ended is None else f"{name} is blocked. {_sessions(ended)}")


@users.command("unblock", epilog=example("users unblock kim@example.com"))
@click.argument("user")
@refusals_end_with_one
def unblock_command(user: str) -> None:
    """Let USER (id or verified e-mail address) sign in again."""
    found = people.find_any_person(user)
    name, user_id = found.display_name, found.id
    changed = people.unblock(user_id, by=OPERATOR)
    click.echo(f"{name} may sign in again." if changed else f"{name} was not blocked.")


@users.command("sign-out", epilog=example("users sign-out kim@example.com"))
@click.argument("user")
@refusals_end_with_one
def sign_out_command(user: str) -> None:
    """End every session of USER (id or verified e-mail address). They may sign in again at once."""
    found = people.find_any_person(user)
    name, user_id = found.display_name, found.id
    click.echo(f"{name} is signed out. {_sessions(people.sign_out_everywhere(user_id, by=OPERATOR))}")


def _sessions(ended: int) -> str:
    return f"{ended} session{'' if ended == 1 else 's'} ended."


def _as_dict(user: User) -> dict[str, object]:
    return {
        "id": str(user.id),
        "name": user.display_name,
        "email": user.email,
        "email_verified": user.email_verified,
        "is_platform_admin": user.is_platform_admin,
        "is_admin_by_claim": user.is_admin_by_claim,
        "is_active": user.is_active,
        "created_at": user.created_at,
        "last_signed_in_at": user.last_signed_in_at,
    }
