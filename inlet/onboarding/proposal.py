"""Drafts of providers and collections: from a STAC URL, from EODAG's shelf, or from YAML."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from harvesters import blocks, fitness, looking, shipped
from harvesters.gateway import Policy
from harvesters.provider import Provider
from inlet.errors import NameTaken, UnfitDraft, UnknownDraft
from inlet.house import House
from inlet.onboarding import drafting, naming, stac_service
from inlet.onboarding.blueprint import Blueprint, laid_out, of_documents
from inlet.onboarding.wish import Wish, require_permitted
from inlet.portfolio import load
from lake.ledger import drafts
from lake.ledger.drafts import Decision, Draft, DraftId, DraftState, Kind
from lake.ledger.ledger import Transaction

_BY_HTTP = ("http://", "https://")
_SHIPPED = "eodag:"
_MOST_COLLECTIONS = 40
_DEEPEST = 20


def propose(house: House, wish: Wish, by: str) -> Draft:
    """Draft what is wished for and keep it in the ledger; nothing of it is live.

    Raises:
        HarvestError: a service could not be read.
        UnfitDraft: no provider can be made of what was found.
        NameTaken: the portfolio has one of that name.
    """
    blueprint = drawn(house, wish)
    _require_free(house, blueprint)
    with laid_out(blueprint, house.settings.portfolio_root) as (_, found):
        provider = found.providers.get(blueprint.provider)
        if provider is None:
            said = "; ".join(str(problem) for problem in found.problems)
            raise UnfitDraft(f"expected a provider's file that can be used, came: {said}")
        require_permitted(wish, blueprint.files, provider, house.settings)
    with house.ledger.begin() as tx:
        _replace_older(tx, blueprint.provider, by)
        origin = _told(wish.origin)
        row = drafts.add(tx, blueprint.provider, origin, blueprint.files, by)
    return of_id(house, row)


def drawn(house: House, wish: Wish) -> Blueprint:
    """Return the files that a wish comes to.

    Raises:
        HarvestError, UnfitDraft: as ``propose``.
    """
    if wish.origin.startswith(_BY_HTTP):
        if "@" in wish.origin.split("/")[2]:
            raise UnfitDraft(
                "expected a URL without a name and a password; name the credential beside it"
            )
        return _from_url(house, wish)
    if wish.origin.startswith(_SHIPPED):
        return _from_shelf(wish)
    return _from_yaml(wish)


def choices(house: House, wish: Wish) -> tuple[tuple[str, str], ...]:
    """Return the collections that a wish could name, each with its title; none of YAML's.

    Raises:
        HarvestError, UnfitDraft: as ``propose``.
    """
    if wish.origin.startswith(_BY_HTTP):
        listed = stac_service.listed(wish.origin, _policy(house, wish))
        return tuple((str(c["id"]), str(c.get("title") or "")) for c in listed)
    if wish.origin.startswith(_SHIPPED):
        products = shipped.block(wish.origin.removeprefix(_SHIPPED)).get("products") or {}
        return tuple((name, "") for name in sorted(products))
    return ()


def collections_of(draft: Draft) -> tuple[str, ...]:
    """Return the ids of a draft's collections."""
    return Blueprint(draft.provider, draft.files).collections


def of_id(house: House, row: DraftId) -> Draft:
    """Return a draft.

    Raises:
        UnknownDraft: there is none of that id.
    """
    with house.ledger.begin() as tx:
        found = drafts.known(tx, row)
    if found is None:
        raise UnknownDraft(f"expected a draft, there is none with id {row}; `inlet provider list`")
    return found


def of_provider(house: House, provider: str, row: int | None = None) -> Draft:
    """Return the newest draft of a provider, or that of its drafts which has the id ``row``.

    Raises:
        UnknownDraft: there is none.
    """
    with house.ledger.begin() as tx:
        found = [draft for draft in drafts.listed(tx, provider) if row in {None, draft.id}]
    if not found:
        which = "" if row is None else f" with id {row}"
        raise UnknownDraft(
            f"expected a draft of {provider!r}{which}, there is none; `inlet provider list` shows "
            "them"
        )
    return found[0]


def _from_url(house: House, wish: Wish) -> Blueprint:
    policy = _policy(house, wish)
    service = stac_service.read(wish.origin, policy, wish.collections)
    if len(service.collections) > _MOST_COLLECTIONS:
        raise UnfitDraft(
            f"expected at most {_MOST_COLLECTIONS} collections at a time, the service has "
            f"{len(service.collections)}; name some, as "
            f"{service.collections[0]['id']}, {service.collections[1]['id']}"
        )
    host = blocks.host_and_port(wish.origin).rpartition(":")[0]
    name = wish.name or naming.of_provider(service.id or host)
    provider = drafting.provider_of(service, name, wish.credentials, policy.allow_private)
    collections = drafting.collections_of(service.collections, name)
    return of_documents(provider, collections, f"Proposed from {_told(wish.origin)}")


def _policy(house: House, wish: Wish) -> Policy:
    is_private = wish.may_be_private(house.settings, wish.origin)
    return looking.policy_for(wish.origin, is_private)


def _from_shelf(wish: Wish) -> Blueprint:
    theirs = wish.origin.removeprefix(_SHIPPED)
    products = sorted(shipped.block(theirs).get("products") or {})
    if not wish.collections:
        raise UnfitDraft(
            f"expected the names of collections of {wish.origin}, came none; it has "
            f"{', '.join(products)}"
        )
    name = wish.name or naming.of_provider(theirs)
    provider: dict[str, Any] = {"id": name, "title": theirs, "extends": wish.origin}
    if wish.credentials:
        provider["credentials"] = dict(wish.credentials)
    made = _valid(provider)
    hosts = fitness.hosts_to_name(made)
    if hosts:
        provider["hosts"] = list(hosts)
    collections = drafting.collections_of(map(shipped.collection, wish.collections), name)
    for collection in collections if fitness.takes_orders(made) else ():
        key = f"{collection['id']}-{{start:%Y%m%d}}"
        collection["sources"][0] |= {"split": "day", "key": key}
    return of_documents(provider, collections, f"Proposed from {wish.origin}")


def _valid(document: Mapping[str, Any]) -> Provider:
    try:
        return Provider.model_validate(document)
    except ValidationError as error:
        said = "; ".join(f"{d['loc'][0]}: {d['msg']}" for d in error.errors())
        raise UnfitDraft(f"expected a provider that can be used, came: {said}") from error


def _from_yaml(wish: Wish) -> Blueprint:
    documents = [d for d in _documents(_text(wish)) if isinstance(d, dict)]
    providers = [d for d in documents if "sources" not in d]
    collections = [d for d in documents if "sources" in d]
    if len(providers) != 1 or "id" not in providers[0]:
        raise UnfitDraft(
            f"expected one provider with an `id`, and its collections behind `---`, came "
            f"{len(providers)} of {len(documents)} documents"
        )
    provider = providers[0]
    if wish.name:
        provider["id"] = wish.name
    if wish.credentials:
        provider["credentials"] = {**provider.get("credentials", {}), **wish.credentials}
    named = [source.get("collection") for c in collections for source in _sources(c)]
    further = [{"id": theirs} for theirs in wish.collections if theirs not in named]
    taken = [str(c.get("id")) for c in collections]
    collections += drafting.collections_of(further, str(provider["id"]), taken)
    return of_documents(provider, collections, f"Imported from {_told(wish.origin)}")


def _sources(collection: Mapping[str, Any]) -> list[Any]:
    sources = collection["sources"]
    if not isinstance(sources, list) or not all(isinstance(s, Mapping) for s in sources):
        raise UnfitDraft(f"expected `sources` as a list of mappings, came {str(sources)[:100]!r}")
    return sources


def _text(wish: Wish) -> str:
    if "\n" in wish.origin:
        return wish.origin
    file = Path(wish.origin)
    if wish.is_typed and file.is_file():
        return file.read_text(encoding="utf-8")
    raise UnfitDraft(
        f"expected a URL, `eodag:<name>` or YAML, came {wish.origin!r}"
        + ("; there is no such file" if wish.is_typed else "")
    )


def _documents(text: str) -> list[Any]:
    try:
        _require_plain(text)
        return list(YAML(typ="rt").load_all(text))
    except YAMLError as error:
        raise UnfitDraft(f"expected YAML, came: {error}") from error


def _require_plain(text: str) -> None:
    """Refuse what a few lines of YAML can grow into: aliases, and nesting without end."""
    depth = 0
    for event in YAML(typ="rt").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent) or depth > _DEEPEST:
            line = event.start_mark.line + 1
            raise UnfitDraft(
                f"expected YAML without aliases and at most {_DEEPEST} deep, came other in line "
                f"{line}; write it out"
            )


def _told(origin: str) -> str:
    """Return where a draft came from, for all to read: of a URL nothing that may be a key."""
    return "YAML as it was typed" if "\n" in origin else origin.partition("?")[0]


def _require_free(house: House, blueprint: Blueprint) -> None:
    found = load(house.settings.portfolio_root)
    taken = [name for name in (blueprint.provider,) if name in found.providers]
    taken += [name for name in blueprint.collections if name in found.collections]
    if taken:
        raise NameTaken(
            f"expected names that the portfolio does not have, came {', '.join(taken)}; choose "
            "another with --name, or leave that collection out"
        )


def _replace_older(tx: Transaction, provider: str, by: str) -> None:
    for draft in drafts.listed(tx, provider):
        if drafts.move(tx, draft.id, DraftState.REJECTED):
            why = "a newer draft took its place"
            drafts.decide(tx, Decision(provider, Kind.REJECT, by, why, tx.now, draft.id))
