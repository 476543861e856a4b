"""Messages as samples of each standard, and messages made up."""

from pathlib import Path

from harvesters.notices.message import Message
from tests.makers import NEW_YEAR

SAMPLES = Path(__file__).parent / "samples"


def a_message(body: bytes | str, source: str = "webhook", **headers: str) -> Message:
    raw = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Message(source, raw, NEW_YEAR, named)


def a_sample(name: str, source: str) -> Message:
    return a_message((SAMPLES / f"{name}.json").read_bytes(), source)
