"""``inlet portfolio``: what can be harvested, and whether its files are right."""

import json as json_text
from pathlib import Path
from typing import Annotated

import typer

from harvesters.provider import Provider
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.collection import Collection
from inlet.pools import as_imported
from inlet.pools import pools as airflow_pools
from inlet.portfolio import load
from inlet.settings import Settings

app = typer.Typer(help="Providers and collections as data.", no_args_is_help=True)


@app.command("list")
def list_(json: show.AsJson = False) -> None:
    """List the collections."""
    found = load(Settings().portfolio_root).collections
    rows = [
        (name, c.stac.title, ", ".join(s.provider for s in c.sources), c.schedule or "on demand")
        for name, c in found.items()
    ]
    if json:
        show.as_json(rows)
    else:
        show.table("Portfolio", ("collection", "title", "providers", "schedule"), rows)


@app.command()
def pools() -> None:
    """Print Airflow's pools, one for each provider, as `airflow pools import` reads them."""
    found = load(Settings().portfolio_root).providers
    show.as_json(as_imported(airflow_pools(found.values())))


@app.command()
def check(
    root: Annotated[Path | None, typer.Argument(help="Another portfolio's directory.")] = None,
) -> int:
    """Check every file; name file, line and remedy of what is wrong."""
    from inlet import reach  # noqa: PLC0415 - the other commands need no EODAG here

    place = root or Settings().portfolio_root
    found = load(place)
    unreachable = reach.problems(place, found)
    problems = (*found.problems, *unreachable)
    for problem in problems:
        show.console.print(f"[red]✗[/red] {problem}", soft_wrap=True)
    for remark in reach.remarks(place, found):
        show.console.print(f"[yellow]·[/yellow] {remark}", soft_wrap=True)
    read = len(found.providers) + len(found.collections)
    right = read - len({problem.file for problem in unreachable})
    show.console.print(
        f"{right} files of providers and collections are right, {len(problems)} problems"
    )
    return Exit.IMPOSSIBLE if problems else Exit.DONE


@app.command()
def schema(
    into: Annotated[Path | None, typer.Option(help="Write the two files into here.")] = None,
) -> None:
    """Print the JSON Schemas of provider and collection files, for editors."""
    schemas = {
        "provider": Provider.model_json_schema(),
        "collection": Collection.model_json_schema(),
    }
    if into is None:
        show.as_json(schemas)
        return
    into.mkdir(parents=True, exist_ok=True)
    for name, document in schemas.items():
        file = into / f"{name}.schema.json"
        file.write_text(json_text.dumps(document, indent=2) + "\n", encoding="utf-8")
        show.console.print(str(file))
