"""JSON that lies openly at a URL: constraints, static catalogues. No credentials go along."""

import json
import time
from collections.abc import Callable
from urllib.parse import urljoin

import requests
from eodag.utils import USER_AGENT
from eodag.utils.exceptions import RequestError

MOST_BYTES = 256 << 20
MOST_SECONDS = 600.0
MOST_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16

Require = Callable[[str], None]
"""Raises ForbiddenTarget where a URL leads off a provider's hosts."""


def read_json(url: str, require: Require, seconds: float, *, verifies: bool) -> object:
    """Return the document at ``url``, or where redirects lead; ``seconds`` is for each silence.

    Raises:
        ForbiddenTarget: it leads off the provider's hosts; nothing was sent there.
        requests.RequestException: it was not to be had.
        RequestError: it is too large, too slow, no JSON, or redirects without end.
    """
    for _ in range(MOST_REDIRECTS + 1):
        require(url)
        with requests.get(
            url,
            timeout=seconds,
            headers=USER_AGENT,
            verify=verifies,
            allow_redirects=False,
            stream=True,
        ) as answer:
            answer.raise_for_status()
            location = answer.headers.get("Location")
            if not (answer.is_redirect and location):
                return _document(answer, url)
            url = urljoin(url, location)
    raise RequestError(f"{url}: expected a document, came more than {MOST_REDIRECTS} redirects")


def _document(answer: requests.Response, url: str) -> object:
    content, until = bytearray(), time.monotonic() + MOST_SECONDS
    for chunk in answer.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > MOST_BYTES or time.monotonic() > until:
            raise RequestError(
                f"{url}: expected at most {MOST_BYTES >> 20} MiB within {MOST_SECONDS:g} s, "
                f"came {len(content)} bytes and more"
            )
    try:
        document: object = json.loads(content)
    except ValueError as error:
        came = answer.headers.get("Content-Type", "no type")
        raise RequestError(f"{url}: expected JSON, came {came}") from error
    return document
