"""Credentials by name: the portfolio names them, the environment or a secrets backend has them.

A name is looked up in the environment first. Where ``INLET_SECRETS`` names a function, as
``module:function``, that is asked next: in Airflow ``dags.connections:password``, by which the
credential ``CDS_API_KEY`` is the password of the connection ``inlet_cds_api_key``, wherever
Airflow's own secrets backend keeps it. Values are never shown.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module

from harvesters.provider import Provider
from inlet.errors import NoSecrets
from inlet.settings import Settings

Ask = Callable[[str], str | None]


def environment(settings: Settings, providers: Iterable[Provider]) -> dict[str, str]:
    """Return what ``${NAME}`` and credential names refer to, for these providers.

    Raises:
        NoSecrets: the settings name no function.
    """
    known = settings.environment()
    if not settings.secrets:
        return known
    ask = _backend(settings.secrets)
    named = {name for provider in providers for name in provider.credentials.values()}
    found = {name: ask(name) for name in sorted(named) if not known.get(name)}
    return known | {name: value for name, value in found.items() if value}


@cache
def _backend(place: str) -> Ask:
    module, _, name = place.partition(":")
    try:
        found: Ask = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NoSecrets(
            f"expected INLET_SECRETS as module:function, came {place!r}: {error}"
        ) from error
    return found
