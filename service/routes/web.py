"""The page at `/`, its files under `/web/`, and the browser of the API at `/docs`: everything from this service."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from service.problems import Code, Problem, printable
from service.routes.etags import matches
from service.routes.webfiles import API_BROWSER, WebFiles

router = APIRouter(include_in_schema=False)

# Scripts and styles are files of ours, and nothing is asked of another host. `blob:` is a download made in the page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Swagger UI sets the styles of its elements in their markup.
_DOCS_POLICY = _POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    # Asked for again each time, and answered 304: an upgrade shows at once.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends files as one request wants them."""

    files: WebFiles
    if_none_match: str | None
    accept_encoding: str

    async def send(self, name: str, policy: str = _POLICY) -> Response:
        """Raises Problem where there is no such file."""
        file = await asyncio.to_thread(self.files.get, name)
        if file is None:
            raise Problem(Code.ROUTE_NOT_FOUND, f"The page has no file {printable(name)!r}.")
        headers = {**_HEADERS, "ETag": file.etag, "Content-Security-Policy": policy}
        if matches(self.if_none_match, file.etag):
            return Response(status_code=304, headers=headers)
        content = file.content
        if file.compressed is not None and "gzip" in self.accept_encoding:
            content, headers["Content-Encoding"] = file.compressed, "gzip"
        return Response(content, media_type=file.media_type, headers=headers)


async def _sender(
    request: Request,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Sender:
    return Sender(request.app.state.web_files, if_none_match, accept_encoding)


SenderDep = Annotated[Sender, Depends(_sender)]


@router.get("/")
async def get_page(sender: SenderDep) -> Response:
    """The page, which asks the API as any other client does."""
    return await sender.send("index.html")


@router.get("/web/{name:path}")
async def get_web_file(name: str, sender: SenderDep) -> Response:
    """A script or a stylesheet of the page."""
    return await sender.send(name)


@router.get("/docs")
async def get_docs(sender: SenderDep) -> Response:
    """Swagger UI where npm has installed it, else a page that says how to get it and where the document is."""
    installed = all(sender.files.has(name) for name in API_BROWSER)
    return await sender.send("docs/index.html" if installed else "docs/missing.html", _DOCS_POLICY)
