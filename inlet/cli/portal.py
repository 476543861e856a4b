"""``inlet portal``: STAC API, notices, health and metrics over HTTP."""

from typing import Annotated

import typer
import uvicorn

_APP = "portal.app:from_environment"


def portal(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8712,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
) -> None:
    """Serve the portal until it is stopped."""
    uvicorn.run(_APP, factory=True, host=host, port=port, workers=workers, log_level="warning")
