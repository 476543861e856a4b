"""``inlet stack``: the real services on this machine, or where ``INLET_*`` says they are."""

from pathlib import Path
from typing import Annotated

import typer

from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.settings import Settings
from inlet.stack import compose, plan
from inlet.stack.ground import Ground
from inlet.stack.stack import Found, Stack

app = typer.Typer(
    help="PostgreSQL with pgstac, Kafka, S3, STAC API, Airflow, and Inlet's own processes.",
    invoke_without_command=True,
)

_WHOSE = {True: "ours", False: "elsewhere"}
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Only this service; may be given again.")
]


@app.callback()
def look(context: typer.Context, json: show.AsJson = False) -> int:
    """Ask every service; exit code 0 only where all answer."""
    if context.invoked_subcommand is not None:
        return Exit.DONE
    found = plan.stack(Settings()).look()
    if json:
        show.as_json({f.name: f.address for f in found if f.address})
    else:
        _show(found)
    return Exit.IMPOSSIBLE if any(f.trouble for f in found) else Exit.DONE


@app.command()
def up(only: Only = None) -> int:
    """Start what does not run yet, and see that all of it answers."""
    stack = _chosen(only)
    stack.up(told=lambda name: show.console.print(f"{name} …"))
    found = stack.look()
    _show(found)
    ground = Ground.laid(Settings())
    show.console.print(
        f'\nuse it: eval "$(inlet stack env)"   secrets: {ground.home}/secrets.json'
    )
    return Exit.IMPOSSIBLE if any(f.trouble for f in found) else Exit.DONE


@app.command()
def down(only: Only = None) -> None:
    """Stop what ``up`` started, and nothing else. What is kept stays."""
    _chosen(only).down()


@app.command()
def env() -> None:
    """Print what makes a shell use the stack: eval "$(inlet stack env)"."""
    show.write(f"set -a; . '{Ground.laid(Settings()).environment_file}'; set +a")


@app.command()
def keys(
    directory: Annotated[Path, typer.Argument(help="Where docker-compose.yml looks for them.")],
) -> None:
    """Draw the secrets of docker-compose.yml, once, into files for their owner alone."""
    for file in compose.write_keys(directory):
        show.console.print(file)


def _chosen(only: list[str] | None) -> Stack:
    stack = plan.stack(Settings(), tuple(only or ()))
    known = [service.name for service in plan.stack(Settings()).services]
    if unknown := sorted(set(only or ()) - set(known)):
        raise typer.BadParameter(f"expected {', '.join(known)}; came {', '.join(unknown)}")
    return stack


def _show(found: list[Found]) -> None:
    rows = [
        (f.name, _WHOSE[f.is_ours], f.address, show.first_line(f.trouble) or "answers")
        for f in found
    ]
    show.table("The stack", ("service", "whose", "where", "what it says"), rows)
