"""What happened to the products since they were made: revised, retracted, arrived late."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePath

from sandbox.holdings.products import Product

_TICK = timedelta(seconds=1)


class NotAmendable(Exception):
    """The product is not there, or has no other bytes to be revised with."""


@dataclass(slots=True)
class Amendments:
    """By collection, whichever room offers it."""

    _revised: dict[str, Product] = field(default_factory=dict)
    _retracted: set[str] = field(default_factory=set)
    _late: defaultdict[str, list[Product]] = field(default_factory=lambda: defaultdict(list))
    _revisions: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def applied(self, products: tuple[Product, ...], collection: str) -> tuple[Product, ...]:
        """The products as they are now."""
        if not (self._revised or self._retracted or self._late):
            return products
        everything = (*products, *self._late[collection])
        kept = (p for p in everything if p.path not in self._retracted)
        return tuple(self._revised.get(p.path, p) for p in kept)

    def revise(self, product: Product, now: datetime, *, is_told: bool) -> Product:
        """New bytes and, if it is told, a new ``updated``. Raises NotAmendable."""
        if product.remake is None:
            raise NotAmendable(f"expected a product that is made here, came {product.path}")
        self._revisions[product.path] += 1
        number = self._revisions[product.path]
        updated = max(now, product.updated + _TICK) if is_told else product.updated
        source, edition = product.remake(number), f"revision {number}"
        self._revised[product.path] = replace(
            product, updated=updated, source=source, edition=edition
        )
        return self._revised[product.path]

    def publish_late(
        self, products: tuple[Product, ...], now: datetime, start: datetime | None
    ) -> Product:
        """One more product, published now; its data are of ``start``.

        Without ``start`` it is that of the second product, then of the third, and so on.
        """
        model = products[0]
        late = self._late[model.collection]
        number = len(late) + 1
        lasting = model.end - model.start
        begin = products[number % len(products)].start if start is None else start
        name, stem = PurePath(model.file_name), f"late-{number}-{model.id}"
        made = replace(
            model,
            id=stem,
            file_name=f"late-{number}-{name.name}",
            title=f"late-{number}-{model.title}",
            start=begin,
            end=begin + lasting,
            published=now,
            updated=now,
            source=model.remake(-number) if model.remake else model.source,
            edition="late",
        )
        late.append(made)
        return made

    def retract(self, product: Product) -> None:
        """Offer it no more."""
        self._retracted.add(product.path)

    def clear(self) -> None:
        """Nothing has happened."""
        for kept in (self._revised, self._retracted, self._late, self._revisions):
            kept.clear()
