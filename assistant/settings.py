"""Settings, from the environment; the name of each begins with NINESTEP_."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from assistant.errors import SettingsError
from assistant.keys import DEFAULT_RATE
from index.embed import DEFAULT_MODEL
from index.milvus_store import Address


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _rate(value: str) -> str:
    from assistant.rates import parse  # only where a rate is set: it takes a tenth of a second to import

    parse(value)
    return value


def _index(value: str) -> str:
    if value:
        Address.of(value)
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """What a user can set.

    Attributes:
        home: Where everything is kept.
        model: `all-MiniLM-L6-v2`, or the folder of a sentence-transformers model.
        index: Where the index is kept; empty: files in the home. `milvus+http://host:19530` is a Milvus server or
            cluster, the path of a file that ends in .db is milvus-lite.
        reranker: The folder of a sentence-transformers cross-encoder that reads the best hits of a search again; off
            where none is set.
        nli: The folder of a sentence-transformers cross-encoder for natural language inference, which checks what
            questions take for granted and a language model's sentences; off where none is set.
        llm_url: An OpenAI-compatible endpoint, up to and with /v1; empty: answers are quotations alone.
        llm_model: The model's name there.
        llm_key: Its key, where it wants one.
        llm_mode: `strict` drops sentences that their quotations do not support, `marked` shows them with the verdict.
        llm_context: Tokens that the model reads and writes in all, at most; its server may allow fewer.
        host: Address that the server binds.
        port: Port that the server binds, from 1 to 65535.
        keys: `auto` wants API keys where the server binds elsewhere than loopback, `always` on loopback as well.
        rate: Requests that a key may make, unless it has a rate of its own.
        hosts: Names that the server answers to, separated by commas; empty: its own on loopback, any elsewhere.
        origins: Web origins whose pages may call the API, separated by commas.
        log_level: From which level on the server logs.
        log_questions: Whether the log holds what is asked.
    """

    model_config = SettingsConfigDict(env_prefix="NINESTEP_", frozen=True)

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("ninestep", appauthor=False)))
    model: str = DEFAULT_MODEL
    index: Annotated[str, AfterValidator(_index)] = ""
    reranker: Path | None = None
    nli: Path | None = None
    llm_url: str = ""
    llm_model: str = "default"
    llm_key: SecretStr = SecretStr("")
    llm_mode: Literal["strict", "marked"] = "strict"
    llm_context: Annotated[int, Field(ge=1024)] = 4096
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 7860
    keys: Literal["auto", "always"] = "auto"
    rate: Annotated[str, AfterValidator(_rate)] = DEFAULT_RATE
    hosts: Names = ()
    origins: Names = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_questions: bool = False

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


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
    except UnicodeError as error:
        named = (name for name, value in os.environ.items() if name.startswith("NINESTEP_") and not _is_text(value))
        raise SettingsError(f"{next(named, 'a setting')} holds bytes that are no UTF-8; write it anew") from error


def _is_text(value: str) -> bool:
    """Whether a variable of the environment, where bytes may stand, is text."""
    return not any("\ud800" <= character <= "\udfff" for character in value)
