"""Who is asking: puts the officer and his session on the request, or nobody."""

from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from bot.console import cookies, sessions
from bot.console.services import Connection, services_of


class OfficerAuthentication(AbstractAuthenticationMiddleware):
    """Refuses nobody; that is for the guards."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        token = cookies.read(connection, cookies.SESSION)
        if not token:
            return AuthenticationResult(user=None, auth=None)
        async with services_of(connection).db.begin() as session:
            found = await sessions.find(session, token, touch=not _by_itself(connection))
        return AuthenticationResult(user=found and found.officer, auth=found)


def _by_itself(connection: Connection) -> bool:
    """Whether an open page asks by itself, which must not keep a forgotten session alive."""
    return "hx-request" in connection.headers or "text/event-stream" in connection.headers.get(
        "accept", ""
    )
