"""What an operator decides: read from `MOLSEEK_*` variables, overridden by the command's flags."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model.inputs.structure import StructureLimits


def usable_cores() -> int:
    """Cores this process may run on, which in a container is fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Settings(BaseSettings):
    """Every bound the service keeps, with defaults for a small machine.

    A field `max_k` is set by the variable `MOLSEEK_MAX_K`. Values are checked once, here.
    """

    model_config = SettingsConfigDict(env_prefix="MOLSEEK_", frozen=True, extra="forbid", env_ignore_empty=True)

    checkpoint: str | Path = Field(description="a checkpoint directory, a bundled name such as `compact`, or a hub id")
    checkpoints: Path | None = Field(
        default=None, description="a directory of checkpoints, one of which a new release may have been built with"
    )
    index: Path = Field(description="where releases are published (with `current`), or one release directory")
    device: str = Field(default="cpu", description="where the encoder and, with faiss-gpu, searches run: `cpu`, `cuda`")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535, description="0 takes any free port")
    processes: int = Field(default=1, ge=1, description="processes that share the port, each with a model of its own")
    trusted_proxies: str = Field(
        default="", description="addresses or networks, by commas, whose X-Forwarded-For names the client"
    )
    root_path: str = Field(
        default="",
        pattern="^(/[A-Za-z0-9._~-]+)*$",
        description="a proxy's prefix for the service, as `/molseek`",
    )
    trusted_hosts: str = Field(
        default="", description="names, by commas, that requests may be for (`*.example.org` too); empty: any"
    )
    cors_origins: str = Field(
        default="", description="origins, by commas, whose pages may ask from a browser; empty: none but its own"
    )
    keys: Path | None = Field(default=None, description="file of API keys; without it, nobody is asked for one")
    allow_anonymous: bool = Field(
        default=False, description="answer without keys on an address that other machines reach, too"
    )
    published: str = Field(
        default="", description="the address that clients reach where `host` is not it, as in a container"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "json"
    tracing: bool = Field(
        default=False, description="send a span of each request to where `OTEL_*` variables say (extra `otel`)"
    )
    shutdown_seconds: int = Field(default=8, ge=0, description="how long a stopping service lets requests finish")

    max_k: int = Field(default=1000, ge=1, description="most hits for one query")
    max_queries: int = Field(default=64, ge=1, description="most queries in one request")
    max_hits: int = Field(default=10_000, ge=1, description="most hits in one request: queries times k")
    max_text_characters: int = Field(default=5000, ge=1, description="of a text query")
    max_structure_characters: int = Field(default=4000, ge=1, description="of a SMILES or InChI line")
    max_block_characters: int = Field(default=100_000, ge=1, description="of a molblock")
    max_atoms: int = Field(default=600, ge=1, description="of a structure")
    max_rings: int = Field(default=200, ge=1, description="ring closures of a structure")
    chemistry_workers: int = Field(
        default=2, ge=1, description="processes that read structures, and as many that match substructures and draw"
    )
    chemistry_memory_mib: int = Field(default=512, ge=64, description="memory of each beyond its libraries")
    structure_seconds: float = Field(default=2.0, gt=0, description="how long one structure or SMARTS may take to read")
    drawing_seconds: float = Field(default=3.0, gt=0, description="how long a drawing may take")
    filter_seconds: float = Field(default=5.0, gt=0, description="how long substructures of a filter may take to match")
    search_seconds: float = Field(default=30.0, gt=0, description="how long a search may take, its wait included")
    max_body_bytes: int = Field(default=1 << 20, ge=1024, description="of a request body")
    body_seconds: float = Field(default=20.0, gt=0, description="how long a client may take to send its body")
    header_seconds: float = Field(default=20.0, gt=0, description="how long a client may take to send its headers")
    max_bodies: int = Field(default=256, ge=1, description="request bodies read at once")
    max_requests: int = Field(
        default=2048, ge=1, description="requests held at once, waiting ones included; each 16 KiB of body count as one"
    )

    workers: int = Field(
        default_factory=lambda: min(4, usable_cores()),
        ge=1,
        description="threads for what is not batched, such as filters",
    )
    queue: int = Field(default=64, ge=0, description="calls that may wait for `workers`; more are answered 429")
    cached_queries: int = Field(default=4096, ge=0, description="texts whose vectors are kept, the latest ones")
    torch_threads: int | None = Field(
        default=None,
        ge=1,
        description="threads of one encoder call; without it, the cores divided by `workers` or `processes`",
    )

    poll_seconds: float = Field(default=2.0, gt=0, description="how often a new release is looked for")
    refused_retry_seconds: float = Field(default=60.0, ge=0, description="when a refused release is tried again")
    verify_release: bool = Field(default=True, description="check every file's digest before serving a release")
    wait_for_index: bool = Field(default=False, description="start without a release and wait for the first one")

    @property
    def reached_at(self) -> str:
        """The address at which clients reach the service."""
        return self.published or self.host

    @property
    def structure_limits(self) -> StructureLimits:
        return StructureLimits(
            max_characters=self.max_structure_characters,
            max_block_characters=self.max_block_characters,
            max_atoms=self.max_atoms,
            max_rings=self.max_rings,
        )

    @property
    def threads_per_search(self) -> int:
        return self.torch_threads or max(1, usable_cores() // max(self.workers, self.processes))
