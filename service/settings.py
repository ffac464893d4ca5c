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
    """Every limit of the service, with defaults for a small machine.

    A field `max_k` is set by the variable `MOLSEEK_MAX_K`. Values are checked once, here.
    """

    model_config = SettingsConfigDict(env_prefix="MOLSEEK_", frozen=True, extra="forbid", env_ignore_empty=True)

    checkpoint: str | Path = Field(description="a checkpoint directory, a bundled name such as `compact`, or a hub id")
    checkpoints: Path | None = Field(
        default=None,
        description="directory of further checkpoints, for releases that were not built with `checkpoint`",
    )
    index: Path = Field(description="index directory, whose published release is served, or a single release directory")
    device: str = Field(
        default="cpu", description="where the encoder and, with faiss-gpu, searches run: `cpu`, `cuda`, `cuda:1`"
    )

    host: str = Field(default="127.0.0.1", description="address to listen on; `0.0.0.0` for all")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 takes any free one")
    processes: int = Field(default=1, ge=1, description="server processes sharing the port; each loads its own model")
    trusted_proxies: str = Field(
        default="", description="comma-separated addresses or networks of proxies whose X-Forwarded-For is trusted"
    )
    root_path: str = Field(
        default="",
        pattern="^(/[A-Za-z0-9._~-]+)*$",
        description="path prefix under which a proxy serves this service, such as `/molseek`",
    )
    trusted_hosts: str = Field(
        default="", description="comma-separated host names to accept (`*.example.org` works too); empty: any"
    )
    cors_origins: str = Field(
        default="", description="comma-separated origins that may call the API from a browser; empty: same origin only"
    )
    keys: Path | None = Field(default=None, description="file of API keys; without one, no key is required")
    allow_anonymous: bool = Field(
        default=False, description="serve without API keys even on an address that other machines can reach"
    )
    published: str = Field(
        default="", description="address that clients connect to where it differs from `host`, as in a container"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="`debug`, `info`, `warning`, `error`"
    )
    log_format: Literal["json", "text"] = Field(default="json", description="`json`, or `text` for people")
    tracing: bool = Field(
        default=False,
        description="send one span per request to the collector that `OTEL_*` variables name (extra `otel`)",
    )
    shutdown_seconds: int = Field(default=8, ge=0, description="grace period for running requests at shutdown")

    max_k: int = Field(default=1000, ge=1, description="maximum hits per query")
    max_queries: int = Field(default=64, ge=1, description="maximum queries per request")
    max_hits: int = Field(default=10_000, ge=1, description="maximum hits per request: queries times k")
    max_text_characters: int = Field(default=5000, ge=1, description="maximum length of a text query")
    max_structure_characters: int = Field(default=4000, ge=1, description="maximum length of a SMILES or InChI line")
    max_block_characters: int = Field(default=100_000, ge=1, description="maximum length of a molblock")
    max_atoms: int = Field(default=600, ge=1, description="maximum atoms in a structure")
    max_rings: int = Field(default=200, ge=1, description="maximum ring closures in a structure")
    chemistry_workers: int = Field(
        default=2,
        ge=1,
        description="worker processes that read structures; as many again match substructures and draw; beside several "
        "readers, one for structures of up to 200 characters",
    )
    chemistry_memory_mib: int = Field(
        default=512, ge=64, description="memory limit of each of these workers, beyond its libraries"
    )
    read_names: bool = Field(
        default=True,
        description="read systematic names that the corpus does not have, where OPSIN is installed (the extra `opsin`);"
        " takes 100 MiB in each process",
    )
    structure_seconds: float = Field(default=2.0, gt=0, description="timeout for reading one structure or SMARTS")
    drawing_seconds: float = Field(default=3.0, gt=0, description="timeout for a drawing")
    filter_seconds: float = Field(default=5.0, gt=0, description="timeout for matching the substructures of a filter")
    search_seconds: float = Field(default=30.0, gt=0, description="timeout for a search, including its wait")
    max_body_bytes: int = Field(default=1 << 20, ge=1024, description="maximum size of a request body")
    body_seconds: float = Field(
        default=20.0, gt=0, description="timeout for receiving a request's body; of a bulk request, for each KiB of it"
    )
    header_seconds: float = Field(
        default=20.0, gt=0, description="timeout for receiving a request's headers, and for a client to read on"
    )
    max_bodies: int = Field(default=256, ge=1, description="maximum request bodies read at once")
    max_requests: int = Field(
        default=2048,
        ge=1,
        description="maximum requests held at once, waiting ones included; every 16 KiB of body count as one",
    )
    max_refusals: float = Field(
        default=50.0,
        ge=0,
        description="refusals (400 to 499) that a client address gets a second, after a while without any a fifth of "
        "them at once; others wait, for 2 s at most; 0: any",
    )

    workers: int = Field(
        default_factory=lambda: min(4, usable_cores()),
        ge=1,
        description="threads for work that is not batched, such as filters",
    )
    queue: int = Field(default=64, ge=0, description="calls that may wait for `workers`; further ones get 429")
    cached_queries: int = Field(default=4096, ge=0, description="number of recent texts whose vectors are cached")
    torch_threads: int | None = Field(
        default=None,
        ge=1,
        description="threads per encoder call; default: cores divided by `workers` or `processes`",
    )

    poll_seconds: float = Field(default=2.0, gt=0, description="interval between checks for a new release")
    refused_retry_seconds: float = Field(default=60.0, ge=0, description="wait before a refused release is tried again")
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
