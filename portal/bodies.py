"""What a sender may make us hold: so many bytes and no more, whatever it says of their number."""

from fastapi import Request


class TooLarge(Exception):
    """A body is larger than it may be."""


async def read(request: Request, at_most: int) -> bytes:
    """Return the body; a sender who lies about its length is cut off all the same.

    Raises:
        TooLarge: it is longer than ``at_most`` bytes.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > at_most:
        raise TooLarge
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > at_most:
            raise TooLarge
    return bytes(body)
