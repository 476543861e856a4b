"""``inlet catalog``: what is published, searched and exported."""

from datetime import timedelta
from typing import Annotated

import typer

from catalog import search as searching
from catalog.errors import BadQuery
from catalog.export import export as write_out
from catalog.publisher import retract
from catalog.snapshot import snapshot as take_snapshot
from catalog.succession import Manner, Retraction
from inlet import housekeeping, retention
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import opened

app = typer.Typer(help="What is published.", no_args_is_help=True)


@app.command()
def search(
    collections: Annotated[list[str] | None, typer.Argument(help="Only these.")] = None,
    ids: Annotated[list[str] | None, typer.Option("--id", help="Only these items.")] = None,
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    datetime: Annotated[
        str | None, typer.Option(help="RFC 3339 instant, or start/end; `..` is an open end.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 10,
    json: show.AsJson = False,
) -> int:
    """Find published items, the latest data first; exit code 4 where there are none."""
    query = _query(tuple(collections or ()), tuple(ids or ()), bbox, datetime, limit)
    with opened() as house, house.ledger.begin() as tx:
        found = searching.search(tx, query)
    if json:
        show.write(
            f'{{"type": "FeatureCollection", "features": [{",".join(f.stac for f in found)}]}}'
        )
    else:
        rows = [(f.collection, f.key, f.start, f.end, f.revision) for f in found]
        show.table("Items", ("collection", "item", "start", "end", "revision"), rows)
    return Exit.DONE if found else Exit.NOTHING_THERE


@app.command()
def export() -> None:
    """Write the static STAC catalogue anew, as far as it has changed."""
    with opened() as house:
        done = write_out(house.ledger, house.settings.catalog_root, house.templates)
        show.console.print(
            f"{house.settings.catalog_root / 'catalog.json'}: {done.items} items, "
            f"{done.written} files written, {done.removed} removed"
        )


@app.command()
def snapshot(
    collections: Annotated[
        list[str] | None, typer.Argument(help="Only these; default: all that have items.")
    ] = None,
) -> None:
    """Write collections as stac-geoparquet into the static catalogue."""
    with opened() as house:
        with house.ledger.begin() as tx:
            names = collections or searching.collections(tx)
        root = house.settings.catalog_root
        for name in names:
            files = take_snapshot(house.ledger, root, name)
            show.console.print("\n".join(map(str, files)) or f"{name}: no published items")
        write_out(house.ledger, root, house.templates)


def _something(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("expected a word or more, came nothing")
    return text.strip()


def _named(text: str) -> str:
    if not all(text.partition("/")):
        raise typer.BadParameter(f"expected COLLECTION/ITEM, came {text!r}")
    return text


Named = Annotated[str, typer.Argument(metavar="COLLECTION/ITEM", callback=_named)]
By = Annotated[str, typer.Option(help="Who decides it.", callback=_something)]
Reason = Annotated[str, typer.Option(help="Why; it is kept and signalled.", callback=_something)]


@app.command()
def withdraw(
    item: Named,
    by: By,
    reason: Reason,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it to be seen, deprecated and saying why.")
    ] = False,
) -> None:
    """Take an item back; the ledger keeps what it was, and why it is no more."""
    _retract(item, Retraction(Manner.KEEP if keep else Manner.WITHDRAW, reason, by))


@app.command()
def delete(item: Named, by: By, reason: Reason) -> None:
    """Take an item back and forget its description; the ledger keeps that it was, and why."""
    _retract(item, Retraction(Manner.DELETE, reason, by))


@app.command()
def tidy() -> None:
    """Make the extents of collections exact, do what was left for later, sweep what broke off."""
    with opened() as house:
        housekeeping.tidy(house)


@app.command()
def retire(
    collections: Annotated[
        list[str] | None, typer.Argument(help="Only these; default: all of the portfolio.")
    ] = None,
) -> None:
    """Withdraw items that their collection keeps no longer, and remove what went long ago."""
    with opened() as house:
        names = collections or sorted(house.portfolio.collections)
        done = [(name, retention.retire(house, name)) for name in names]
    rows = [(name, gone.withdrawn, gone.removed) for name, gone in done]
    show.table("Retired", ("collection", "withdrawn", "removed"), rows)


@app.command()
def expire(
    collection: Annotated[str, typer.Argument(help="One with a growing cube.")],
    days: Annotated[int, typer.Option("--older-than-days", min=1, help="At least so old.")] = 30,
) -> None:
    """Remove old snapshots of a growing cube that no item names, and what dead writers left."""
    from inlet.growing_expiry import expire as remove  # noqa: PLC0415 - parsing stays light

    with opened() as house:
        gone = remove(house, collection, timedelta(days=days))
    show.console.print(f"{collection}: {gone.snapshots} snapshots, {gone.size} bytes removed")


def _retract(item: str, retraction: Retraction) -> None:
    collection, _, key = item.partition("/")
    with opened() as house:
        retract(house.ledger, house.publisher, collection, key, retraction)
    show.console.print(f"{item}: {retraction.manner}, {retraction.reason}", soft_wrap=True)


def _query(
    collections: tuple[str, ...],
    ids: tuple[str, ...],
    bbox: str | None,
    datetime: str | None,
    limit: int,
) -> searching.Query:
    try:
        box = tuple(float(number) for number in bbox.split(",")) if bbox else None
        interval = searching.Interval.parse(datetime) if datetime else None
        return searching.Query(collections, ids, box, interval, limit)
    except (BadQuery, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
