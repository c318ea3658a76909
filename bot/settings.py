"""What an installation can set: environment variables (or a `.env`) prefixed `BINHYEN_`.

Read once at start; frozen afterwards. docs/settings.md describes every field.
"""

import os
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    PostgresDsn,
    SecretStr,
    StringConstraints,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent

MIN_SECRET = 32  # characters

Secret = Annotated[SecretStr, Field(min_length=1)]
BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+")]
BaseUrls = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/,]+(,https?://[^\s/,]+)*$")]


def _with_our_driver(url: PostgresDsn) -> PostgresDsn:
    """`postgres://` is how hosting companies spell it."""
    scheme, _, rest = str(url).partition("://")
    plain = scheme in {"postgres", "postgresql"}
    return PostgresDsn(f"postgresql+psycopg://{rest}") if plain else url


def _networks(listed: str) -> str:
    for each in listed.split(","):
        ip_network(each)
    return listed


def secrets_dir() -> Path | None:
    """Where each secret is a file named after its variable, if there is such a folder.

    systemd says CREDENTIALS_DIRECTORY; containers have theirs in /run/secrets.
    """
    named = os.environ.get("BINHYEN_SECRETS_DIR") or os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else None


class Risk(StrEnum):
    """What an installer may take upon himself where the network is his own."""

    PLAIN_HTTP = "plain_http"
    PLAIN_DATABASE = "plain_database"
    PLAIN_RASA = "plain_rasa"


RISKS = "|".join(Risk)


class Settings(BaseSettings):
    """The whole configuration. A chat platform without its settings is off."""

    model_config = SettingsConfigDict(
        env_prefix="BINHYEN_",
        env_file=".env",
        secrets_dir=secrets_dir(),
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
    )

    data_dir: Path = PROJECT / "data"
    database_url: Annotated[PostgresDsn, AfterValidator(_with_our_driver)] | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: HttpUrl | None = None
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = "127.0.0.1,::1"
    secret_key: Annotated[SecretStr, Field(min_length=MIN_SECRET)] | None = None
    secret_key_file: Path | None = None

    accept_risks: Annotated[str, Field(pattern=rf"^({RISKS})(,({RISKS}))*$")] | None = None
    metrics_token: Secret | None = None
    tell_troubles: bool = True
    backlog_minutes: float = Field(default=5, gt=0, le=24 * 60)

    notices_from: int = Field(default=7, ge=0, le=23)
    notices_until: int = Field(default=21, ge=1, le=24)

    internal_host: str = "127.0.0.1"
    rasa_url: BaseUrls = "http://127.0.0.1:5005"
    rasa_token: Secret | None = None
    action_url: BaseUrl = "http://127.0.0.1:5055/webhook"

    answer_within_minutes: float = Field(default=15, gt=0, le=24 * 60)

    keep_reports_days: int = Field(default=730, ge=180, le=7300)
    keep_people_days: int = Field(default=365, ge=30, le=3650)
    keep_accounts_days: int = Field(default=365, ge=30, le=3650)

    telegram_token: Secret | None = None
    telegram_secret: Secret | None = None
    telegram_api_url: BaseUrl = "https://api.telegram.org"

    zalo_bot_token: Secret | None = None
    zalo_bot_secret: Secret | None = None
    zalo_bot_api_url: BaseUrl = "https://bot-api.zaloplatforms.com"

    zalo_oa_app_id: str | None = None
    zalo_oa_secret_key: Secret | None = None
    zalo_oa_access_token: Secret | None = None
    zalo_oa_refresh_token: Secret | None = None
    zalo_oa_api_url: BaseUrl = "https://openapi.zalo.me"
    zalo_oa_oauth_url: BaseUrl = "https://oauth.zaloapp.com"

    @model_validator(mode="before")
    @classmethod
    def _read_the_key_file(cls, values: dict[str, Any]) -> dict[str, Any]:
        file = values.get("secret_key_file")
        if not file or values.get("secret_key"):
            return values
        try:
            return values | {"secret_key": Path(file).read_text(encoding="utf-8").strip()}
        except (OSError, UnicodeDecodeError):
            raise ValueError("SECRET_KEY_FILE cannot be read") from None

    @model_validator(mode="after")
    def _there_are_hours_for_notices(self) -> Self:
        if self.notices_from >= self.notices_until:
            raise ValueError("NOTICES_FROM must be an earlier hour than NOTICES_UNTIL")
        return self

    @property
    def accepted_risks(self) -> frozenset[Risk]:
        return frozenset(
            map(Risk, (self.accept_risks or "").split(",") if self.accept_risks else ())
        )

    @property
    def rasa_urls(self) -> Sequence[str]:
        """Every Rasa there is; any of them may have any message."""
        return self.rasa_url.split(",")

    @property
    def public_base(self) -> str:
        """Address under which residents reach this installation, without a trailing slash."""
        return str(self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


@cache
def get_settings() -> Settings:
    """The settings of this process.

    Raises: pydantic.ValidationError, which names the variable and never its value.
    """
    return Settings()
