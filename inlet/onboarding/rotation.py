"""Another credential for a live provider: tried out first, then named in its file."""

from inlet.errors import UnfitDraft
from inlet.house import House
from inlet.onboarding import blueprint as blueprints
from inlet.onboarding import placing
from inlet.onboarding.blueprint import PROVIDERS, Blueprint, loaded
from inlet.onboarding.findings import Probe
from inlet.onboarding.probe import Notice, Trial, probe, unheard
from lake.ledger import drafts
from lake.ledger.drafts import Decision, Kind


def rotate(
    house: House,
    provider: str,
    credential: tuple[str, str],
    by: str,
    reason: str,
    trial: Trial | None = None,
    notice: Notice = unheard,
) -> Probe:
    """Name another credential in a provider's file if a sample can be had with it.

    ``credential`` is what EODAG's plugin calls it, and the name under which the new one is kept.
    Where the probe does not pass, nothing is changed.

    Raises:
        UnfitDraft: the portfolio has no such provider, it names no such credential, or somebody
            changed its file meanwhile.
    """
    key, name = credential
    now = blueprints.live(house.settings.portfolio_root, provider)
    path = f"{PROVIDERS}/{provider}.yaml"
    text = renamed(now.files[path], key, name)
    found = probe(house, _sample_of(now, path, text), trial, notice)
    if not found.has_passed:
        return found
    if not placing.exchange(house.settings.portfolio_root / path, now.files[path], text):
        raise UnfitDraft(
            f"expected {path} as it was when the probe began, it was changed or taken out "
            "meanwhile; nothing was written: look at it, and rotate again"
        )
    with house.ledger.begin() as tx:
        said = f"{key} is {name}: {reason}"
        drafts.decide(tx, Decision(provider, Kind.ROTATE, by, said, tx.now))
    return found


def renamed(text: str, key: str, name: str) -> str:
    """Return a provider's file with another name for a credential; all else stays as it is.

    Raises:
        UnfitDraft: it names no such credential.
    """
    credentials = loaded(text).get("credentials")
    if credentials is None or key not in credentials:
        known = ", ".join(credentials or ()) or "none"
        raise UnfitDraft(f"expected a credential that is named ({known}), came {key!r}")
    line, column = credentials.lc.value(key)
    lines = text.splitlines(keepends=True)
    before, rest = lines[line][:column], lines[line][column:]
    lines[line] = before + rest.replace(str(credentials[key]), name, 1)
    return "".join(lines)


def _sample_of(now: Blueprint, path: str, text: str) -> Blueprint:
    """Return the provider as it is to be, with its first collection: one sample is enough."""
    first = {f"collections/{name}.yaml" for name in now.collections[:1]}
    files = {p: t for p, t in now.files.items() if p in first}
    return Blueprint(now.provider, {path: text, **files})
