"""What the environment says; nothing else in the service reads it."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gridmap.errors import RefusedError
from gridmap.messages import Message
from gridmap.store.cluster import database_url

PREFIX = "GRIDMAP_"


class Settings(BaseSettings):
    """`GRIDMAP_…` variables; nothing secret has a default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, hide_input_in_errors=True, extra="ignore"
    )

    database_url: SecretStr | None = None
    home: Path = Path(".gridmap")
    cookie_secure: bool | None = None  # None: as the request came, https or not
    session_hours: int = Field(default=12, ge=1, le=24 * 31)
    token_days: int = Field(default=366, ge=1, le=3660)  # the longest a token may be good for

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
