"""What a room says of a product, and what it hands out: the truth, unless told otherwise."""

from dataclasses import dataclass

from sandbox.disguises import disguised
from sandbox.holdings.products import Product
from sandbox.shelf import AtRest
from sandbox.stock import Stock

_WRONG = {digit: "0123456789abcdef"[15 - n] for n, digit in enumerate("0123456789abcdef")}


@dataclass(frozen=True, slots=True)
class Stated:
    """What metadata state of some bytes; None where they keep silent.

    ``href`` is where the bytes are said to lie, if not in the room itself.
    """

    size: int | None
    sha256: str | None
    md5: str | None
    href: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A product as a catalogue lists it."""

    product: Product
    stated: Stated
    title: str
    is_offline: bool
    has_namesake: bool


def hand_out(stock: Stock, room: str, product: Product) -> tuple[Product, AtRest]:
    """The product as it is packed today, and its bytes."""
    whole = product.at_rest(stock.shelf)
    packed = disguised(product, lambda: whole.read(0, whole.size), stock.faults, room)
    rest = whole if packed is product else packed.at_rest(stock.shelf)
    torn = stock.faults.marks("garbage_data", room, product.path)
    return packed, rest.torn() if torn else rest


def show(stock: Stock, room: str, product: Product) -> Shown:
    """The product as the room's metadata describe it."""
    packed, rest = hand_out(stock, room, product)
    oddly = stock.faults.marks("odd_title", room, product.path)
    return Shown(
        product=packed,
        stated=state(stock, room, product.path, rest, packed.media_type),
        title=oddly.text("title") if oddly else product.title,
        is_offline=is_offline(stock, room, product),
        has_namesake=stock.faults.marks("assets_share_a_name", room, product.path) is not None,
    )


def is_offline(stock: Stock, room: str, product: Product) -> bool:
    """Whether the product is refused for now."""
    return stock.faults.marks("offline_product", room, product.path) is not None


def state(stock: Stock, room: str, subject: str, rest: AtRest, media_type: str) -> Stated:
    """What metadata state of the bytes of a subject: a product's path, or an order."""
    faults = stock.faults
    href = None
    if to := faults.marks("file_href", room, subject):
        href = to.text("href")
    elif faults.marks("href_elsewhere", room, subject):
        href = stock.elsewhere.deposit(rest, media_type)
    if faults.marks("nothing_stated", room, subject):
        return Stated(None, None, None, href)
    by = faults.marks("wrong_size", room, subject)
    size = rest.size + (int(by.number("by")) if by else 0)
    if faults.marks("wrong_checksum", room, subject):
        return Stated(size, _wrong(rest.sha256), _wrong(rest.md5), href)
    return Stated(size, rest.sha256, rest.md5, href)


def _wrong(digest: str) -> str:
    return "".join(_WRONG[digit] for digit in digest)
