"""The app on the phone of the managers and admins in tests: all have the same secret."""

import psycopg
import pyotp
from sqlalchemy import make_url

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_for(database_url: str, username: str) -> str:
    """The code of now, as if none had been used: a test signs in more often than people do."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE second_factors SET last_step = 0 FROM officers"
            " WHERE officers.id = officer_id AND username = %s",
            [username],
        )
    return pyotp.TOTP(SECRET).now()
