"""Who may send notices, and who reads them."""

from collections.abc import Mapping
from types import MappingProxyType

from harvesters.notices import aviso, cdse, generic, wis2
from harvesters.notices.message import Parser

PARSERS: Mapping[str, Parser] = MappingProxyType(
    {
        "webhook": generic.parse,
        "kafka": generic.parse,
        "aviso": aviso.parse,
        "cdse": cdse.parse,
        "wis2": wis2.parse,
    }
)
