"""Which role may do what, written down once more: a change of the table must be meant."""

import pytest
from litestar import Router, get

from bot.console import errors, guards, routes
from bot.console.authentication import OfficerAuthentication
from bot.console.permissions import ROLE_PERMISSIONS, Permission, may
from bot.groups.models import Officer, Role
from bot.settings import Settings
from tests.console.people import PASSWORD, People
from tests.console.site import Site, console_app

ALLOWED = {
    Permission.OWN_ACCOUNT: {Role.LEADER, Role.DEPUTY, Role.MANAGER, Role.ADMIN},
    Permission.READ_REPORTS: {Role.LEADER, Role.MANAGER},
    Permission.READ_ALL_REPORTS: {Role.MANAGER},
    Permission.HANDLE_REPORTS: {Role.LEADER, Role.MANAGER},
    Permission.ALLOW_LEARNING: {Role.LEADER, Role.MANAGER},
    Permission.REVEAL_IDENTITY: {Role.MANAGER},
    Permission.EXPORT: {Role.MANAGER},
    Permission.FIGURES: {Role.LEADER, Role.DEPUTY, Role.MANAGER},
    Permission.ACCURACY: {Role.MANAGER, Role.ADMIN},
    Permission.GAPS: {Role.MANAGER},
    Permission.READ_PROCEDURES: {Role.LEADER, Role.DEPUTY, Role.MANAGER, Role.ADMIN},
    Permission.EDIT_PROCEDURES: {Role.MANAGER},
    Permission.APPROVE_PROCEDURES: {Role.MANAGER},
    Permission.ANNOUNCE: {Role.LEADER, Role.DEPUTY, Role.MANAGER},
    Permission.MEMBERS: {Role.LEADER, Role.DEPUTY, Role.MANAGER},
    Permission.CANNED_REPLIES: {Role.MANAGER},
    Permission.TROUBLES: {Role.MANAGER, Role.ADMIN},
    Permission.MEND_TROUBLES: {Role.MANAGER},
    Permission.DEADLINES: {Role.MANAGER, Role.ADMIN},
    Permission.AUDIT: {Role.MANAGER},
    Permission.RETENTION: {Role.MANAGER},
    Permission.ACCOUNTS: {Role.ADMIN},
    Permission.SETTINGS: {Role.ADMIN},
}


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_is_given_to_these_roles_and_no_other(permission: Permission) -> None:
    officers = [Officer(role=role, active=True) for role in Role]
    assert {each.role for each in officers if may(each, permission)} == ALLOWED[permission]


def test_a_role_that_the_table_does_not_name_may_do_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.console.permissions.ROLE_PERMISSIONS", {})
    manager = Officer(role=Role.MANAGER, active=True)
    assert not any(may(manager, permission) for permission in Permission)


@pytest.mark.parametrize("role", Role)
def test_an_officer_who_left_may_do_nothing(role: Role) -> None:
    left = Officer(role=role, active=False)
    assert not any(may(left, permission) for permission in ROLE_PERMISSIONS[role])


def test_every_route_of_the_console_says_for_whom_it_is(settings: Settings) -> None:
    handlers = [
        handler
        for route in console_app(settings).routes
        if route.path.startswith("/console")
        for handler in getattr(route, "route_handlers", [])
        if handler.handler_name != "options_handler"
    ]
    assert len(handlers) > 20
    assert [h.handler_name for h in handlers if not guards.names_access(h)] == []


@pytest.mark.parametrize("router", routes.handlers)
def test_every_router_of_the_console_closes_what_names_nobody(router: Router) -> None:
    assert guards.named in (router.guards or ())


async def test_a_route_that_names_nobody_is_closed_to_everybody(
    settings: Settings, people: People
) -> None:
    @get("/quen")
    async def forgotten() -> str:
        return "lời kín"

    router = Router(
        "/console",
        route_handlers=[forgotten],
        guards=[guards.named],
        middleware=[OfficerAuthentication],
        exception_handlers=errors.handlers,
    )
    with Site(settings, [router]) as site:
        for username in ("", *people.officers):
            async with site.browser() as browser:
                if username:
                    await browser.sign_in(username, PASSWORD)
                answer = await browser.get("/console/quen")
                assert answer.status_code == 403
                assert "lời kín" not in answer.text
