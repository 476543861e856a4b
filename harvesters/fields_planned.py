"""How many fields an order asks for: what its answer is held against when it has come.

The counts of providers that take orders prove nothing: they answer one product to whatever is
asked. But a request for fields is a product of lists, and each field comes as one GRIB message.
"""

from datetime import timedelta

from harvesters.pieces import Piece
from harvesters.queries import fields_a_day

_DAY = timedelta(days=1)


def fields_planned(piece: Piece) -> int | None:
    """Return how many GRIB messages an order makes: variables by levels by times by members.

    None where that cannot be told: no GRIB is asked for, or the request does not name its
    variables or its times of day. Constraints of the archive are not known here: a request that
    asks for what cannot be is planned as it was asked.
    """
    per_day = fields_a_day(piece.query)
    days = (piece.last.date() - piece.window.start.date()) // _DAY + 1
    return None if per_day is None else per_day * days
