"""Settings, from the environment: NINESTEP_HOME, NINESTEP_MODEL, NINESTEP_HOST, NINESTEP_PORT."""

from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.errors import SettingsError
from index.embed import DEFAULT_MODEL


class Settings(BaseSettings):
    """What a user can set.

    Attributes:
        home: Where everything is kept.
        model: `all-MiniLM-L6-v2`, or the folder of a sentence-transformers model.
        host: Address that the server binds.
        port: Port that the server binds, from 1 to 65535.
    """

    model_config = SettingsConfigDict(env_prefix="NINESTEP_", frozen=True)

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("ninestep", appauthor=False)))
    model: str = DEFAULT_MODEL
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 7860


def read() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: If one has a value that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"NINESTEP_{'_'.join(map(str, first['loc'])).upper()}"
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg']}; unset it or give it a usable value"
        ) from error
