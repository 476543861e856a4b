"""The Copernicus Data Space's subscriptions: the body that is pushed for each product.

Its queue drops the oldest notices and its push gives up after three tries, so a notice is only
ever a hint. After three days ``value`` and ``ProductName`` are left out of what is read again.
Source: documentation.dataspace.copernicus.eu/APIs/Subscriptions.html.
"""

from pydantic import BaseModel, Field

from harvesters.notices.message import Message, fitting
from harvesters.notices.reading import Moment, json_object, read, window_of
from lake.ledger.notices import Notice

_SUFFIX = ".SAFE"


class _ContentDate(BaseModel):
    start: Moment = Field(alias="Start")
    end: Moment = Field(alias="End")


class _Product(BaseModel):
    name: str | None = Field(None, alias="Name")
    content_date: _ContentDate | None = Field(None, alias="ContentDate")
    modified: str | None = Field(None, alias="ModificationDate")


class _Push(BaseModel):
    event: str = Field("created", alias="SubscriptionEvent")
    product_id: str = Field(alias="ProductId", min_length=1)
    product_name: str | None = Field(None, alias="ProductName")
    subscription: str = Field(alias="SubscriptionId", min_length=1)
    notified: str | None = Field(None, alias="NotificationDate")
    value: _Product | None = None


def parse(message: Message) -> Notice:
    """Read a pushed notification."""
    push = read(_Push, json_object(message.body), "a notification of a CDSE subscription")
    product = push.value or _Product.model_validate({})
    name = push.product_name or product.name
    when = product.content_date
    news = (push.subscription, push.product_id, push.event, product.modified or push.notified)
    keys = {"event": push.event, "subscription": push.subscription, "name": name or ""}
    return Notice(
        source=message.source,
        id=fitting("/".join(filter(None, news))),
        received_at=message.received_at,
        raw=message.body.decode(errors="backslashreplace"),
        window=window_of(when.start, when.end) if when else None,
        native_ids=(name.removesuffix(_SUFFIX) if name else push.product_id,),
        keys=keys,
    )
