"""How Milvus is reached: given by the caller or by `MOLSEEK_MILVUS_*` variables, never by a manifest."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.engines.base import EngineAwayError


class MilvusError(EngineAwayError):
    """Milvus cannot be reached or reports an error; one line that names its address."""


class MilvusSettings(BaseSettings):
    """The variable `MOLSEEK_MILVUS_URI` sets `uri`, and so on. None of this is written into a release or a log."""

    model_config = SettingsConfigDict(env_prefix="MOLSEEK_MILVUS_", frozen=True, extra="forbid")

    uri: str = Field(default="", repr=False, description="`http://host:19530`, or `./file.db` for Milvus Lite")
    token: SecretStr | None = Field(default=None, description="`user:password`, or a token of a hosted service")
    database: str = Field(default="", description="of a server that has several")
    prefix: str = Field(
        default="molseek",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        max_length=64,
        description="of collections and aliases; each index directory that shares a server needs its own",
    )
    timeout_seconds: float = Field(default=10.0, gt=0, description="timeout for connecting and for a search")
    import_timeout_seconds: float = Field(default=600.0, gt=0, description="timeout for one step of an import")
    local_rows: int = Field(
        default=20_000, ge=0, description="filters that leave at most this many rows are answered without the server"
    )

    @property
    def lite(self) -> bool:
        """Whether it is a file of Milvus Lite in this process, and no server."""
        return not urlsplit(self.uri).netloc

    @property
    def address(self) -> str:
        """The URI without user, password or query: what messages may name."""
        parts = urlsplit(self.uri)
        if not parts.netloc:
            return self.uri
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def read_milvus_settings(uri: str | None = None) -> MilvusSettings:
    """Settings from the environment, with another address if `uri` is given. MilvusError names a wrong variable."""
    try:
        return MilvusSettings() if uri is None else MilvusSettings(uri=uri)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(step) for step in first["loc"])
        raise MilvusError(f"the variable MOLSEEK_MILVUS_{name.upper()}: {first['msg']}") from None
