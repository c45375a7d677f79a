"""What the environment says; nothing else in the service reads it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.store.cluster import database_url

PREFIX = "GRIDMAP_"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Oidc:
    """Where people sign in who do so elsewhere; `claim` is what their account is called by."""

    issuer: str
    client_id: str
    client_secret: str
    claim: str
    redirect_url: str | None


class Settings(BaseSettings):
    """`GRIDMAP_…` variables; nothing secret has a default."""

    model_config = SettingsConfigDict(
        validate_default=True,
        env_prefix=PREFIX,
        frozen=True,
        hide_input_in_errors=True,
        extra="ignore",
    )

    database_url: SecretStr | None = None
    home: Path = Path(".gridmap")
    cookie_secure: bool | None = None  # None: as the request came, https or not
    session_hours: int = Field(default=12, ge=1, le=24 * 31)
    token_days: int = Field(default=366, ge=1, le=3660)  # the longest a token may be good for

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_claim: str = Field(default="preferred_username", min_length=1)
    oidc_redirect_url: str | None = None  # None: as the request came

    @property
    def oidc(self) -> Oidc | None:
        """Where people may sign in beside here, None when nowhere."""
        if not self.oidc_issuer:
            return None
        return Oidc(
            self.oidc_issuer.rstrip("/"),
            self.oidc_client_id,
            self.oidc_client_secret.get_secret_value(),
            self.oidc_claim,
            self.oidc_redirect_url,
        )

    @field_validator("oidc_issuer")
    @classmethod
    def _is_safe(cls, issuer: str) -> str:
        """Whoever could change what an issuer says on its way could sign in as anybody."""
        parts = urlsplit(issuer)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if issuer and not safe:
            raise ValueError
        return issuer

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _is_whole(cls, value: str | SecretStr, known: ValidationInfo) -> str | SecretStr:
        if known.data.get("oidc_issuer") and not len(value):
            raise ValueError
        return value

    @property
    def session_lasts(self) -> timedelta:
        """How long until the password is asked for again."""
        return timedelta(hours=self.session_hours)

    def find_database(self) -> str:
        """Give the database that is asked for, else the private one, started."""
        asked = self.database_url.get_secret_value() if self.database_url else ""
        return database_url(self.home, {"GRIDMAP_DATABASE_URL": asked})


def read_settings() -> Settings:
    """Read the environment; what cannot be is named, and not repeated."""
    try:
        return Settings()
    except ValidationError as error:
        names = sorted({PREFIX + str(found["loc"][0]).upper() for found in error.errors()})
        raise RefusedError(Message("api.settings_unusable", {"names": ", ".join(names)})) from error
