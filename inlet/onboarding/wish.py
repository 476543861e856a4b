"""What somebody asks to be onboarded, and what may be asked for by whom.

Who types at this machine's shell may read its environment anyway. Who fills in a form may not: the
probe sends credentials to hosts that nobody has approved yet, so a form's drafts may name only
credentials that are kept for providers, and private addresses only where the settings allow them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harvesters import blocks
from harvesters.provider import Provider
from inlet.errors import UnfitDraft
from inlet.settings import Settings

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_WORDS = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")  # as names are written, and keys are not
_OPEN = re.compile(r"(PROVIDER|INLET_SANDBOX)_[A-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be onboarded: a URL, ``eodag:<name>``, a file, or YAML as it stands.

    ``collections`` are the provider's own names; none means all that it lists. ``credentials``
    maps what EODAG's plugin calls one to the name under which it is kept. ``is_typed`` holds for
    what comes from this machine's shell, not from a form.
    """

    origin: str
    name: str | None = None
    collections: tuple[str, ...] = ()
    credentials: Mapping[str, str] = field(default_factory=dict)
    allow_private: bool = False
    is_typed: bool = False

    def may_be_private(self, settings: Settings, url: str) -> bool:
        """Return whether ``url`` may lead to this machine or a private network."""
        is_named = blocks.host_and_port(url) in settings.private_providers
        return is_named or (self.allow_private and self.is_typed)


def credentials_of(texts: Iterable[str]) -> dict[str, str]:
    """Return credentials written as ``apikey=NAME``, or as ``NAME`` alone for an API key.

    Raises:
        UnfitDraft: one is no name; it may be the key itself, so it is not repeated.
    """
    pairs = [text.strip().partition("=") for text in texts if text.strip()]
    named = {(key if mark else "apikey"): (name if mark else key) for key, mark, name in pairs}
    if not all(map(_NAME.fullmatch, named.values())):
        raise UnfitDraft(
            "expected the NAME of a credential, as PROVIDER_KEY, or what EODAG calls it=NAME, "
            "came something else; never give the credential itself"
        )
    return named


def require_permitted(
    wish: Wish, files: Mapping[str, str], provider: Provider, at: Settings
) -> None:
    """Pass what may be probed before anybody has approved it.

    Raises:
        UnfitDraft: a form's draft names what it may not; what to do is named.
        MissingVariable: a variable that it names is not set.
    """
    if wish.is_typed:
        return
    named = [name for text in files.values() for name in _VARIABLE.findall(text)]
    for name in (*named, *provider.credentials.values()):
        if not _OPEN.fullmatch(name):
            raise UnfitDraft(
                f"expected a name that begins with PROVIDER_, came {_shown(name)}; a form may not "
                "read this machine's environment: keep the credential under such a name, or use "
                "`inlet provider add`"
            )
    _require_no_secret(provider)
    resolved = provider.resolve(at.environment())
    named_hosts = blocks.allowed_hosts(resolved.hosts or ())
    lead_to = blocks.asked_hosts(blocks.unresolved(resolved)) | named_hosts
    private = sorted(lead_to - at.private_providers)
    if provider.allow_private and private:
        raise UnfitDraft(
            f"expected `allow_private` for hosts of INLET_PRIVATE_PROVIDERS alone, came "
            f"{', '.join(private)}; name them there, or use `inlet provider add`"
        )


def _shown(name: str) -> str:
    """Return what was given for a name, if it is one: it may be the key itself."""
    return name if _WORDS.fullmatch(name) else "something else"


def _require_no_secret(provider: Provider) -> None:
    """Pass an EODAG block that holds no credential, and asks nobody by urllib.

    urllib follows redirects past every check; what a file holds is shown to all who may read.
    """
    search = provider.eodag.get("search")
    if isinstance(search, Mapping) and "dont_quote" in search:
        raise UnfitDraft("expected no `dont_quote` in a form's block; use `inlet provider add`")
    for topic in blocks.AUTH_TOPICS:
        auth = provider.eodag.get(topic)
        if isinstance(auth, Mapping) and auth.get("credentials"):
            raise UnfitDraft(
                f"expected `{topic}` without `credentials`; name what is kept in the provider's "
                "own `credentials`, as {apikey: PROVIDER_KEY}"
            )
