"""``inlet sandbox``: providers for a machine without internet, in the foreground."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from inlet.sandbox import COMMAND

app = typer.Typer(help="Providers for a machine without internet.", no_args_is_help=True)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port on loopback; 0 takes a free one.")] = 8710,
    data: Annotated[
        Path | None, typer.Option(help="Serve the GRIB and NetCDF files below this directory.")
    ] = None,
) -> None:
    """Serve STAC, CDS, Polytope and OData providers until stopped."""
    arguments = [*COMMAND, "--port", str(port), *(["--data", str(data)] if data else [])]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own module
