"""What a harvest under a fault came to, held against an undisturbed one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.evidence import Evidence, Landed


class Verdict(StrEnum):
    """From the best to the worst; the last six are what must never be."""

    COMPLETE = "complete"  # everything was found, with the right bytes
    LISTED = "listed"  # something is missing, and a record says what and why
    NOT_STRUCK = "not struck"  # the fault was on and never met: nothing is shown
    SILENT = "SILENT"  # something is missing without a record
    WRONG = "WRONG"  # other bytes landed than the provider has
    DOUBLED = "DOUBLED"  # something landed or was ordered twice
    LEAKED = "LEAKED"  # a credential was sent where it does not belong
    BROKE = "BROKE"  # the harvest ended by an error that is none of ours
    ENDLESS = "ENDLESS"  # the harvest did not end


DEFECTS = frozenset(Verdict) - {Verdict.COMPLETE, Verdict.LISTED, Verdict.NOT_STRUCK}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, how many of the expected ids landed with the right bytes, and why not all."""

    verdict: Verdict
    found: int
    reasons: tuple[str, ...] = ()


def judged(expected: Landed, evidence: Evidence, *, brings_more: bool = False) -> Judgement:
    """Hold what came against ``expected``.

    ``brings_more``: products may have other files beside those of an undisturbed harvest.
    """
    right = {
        name
        for name, digests in expected.items()
        if _is_right(digests, evidence.landed.get(name, frozenset()), brings_more)
    }
    verdict, reasons = _worst(expected, evidence, right)
    return Judgement(verdict, len(right), reasons)


def _worst(
    expected: Landed, evidence: Evidence, right: set[str]
) -> tuple[Verdict, tuple[str, ...]]:
    whole = frozenset(digest for digests in expected.values() for digest in digests)
    wrong = [
        name
        for name, came in sorted(evidence.landed.items())
        if name not in right and (name in expected or not came <= whole)
    ]
    unremarked = [name for name in wrong if name not in evidence.remarks]
    if unremarked or evidence.torn or evidence.leftovers:
        said = [f"{name} landed with other bytes" for name in unremarked]
        return Verdict.WRONG, (*said, *evidence.torn, *evidence.leftovers)
    if evidence.doubled:
        return Verdict.DOUBLED, tuple(f"{name} landed twice" for name in evidence.doubled)
    known = {**evidence.reasons, **evidence.remarks}
    silent = [n for n in expected if n not in right and n not in known and not evidence.doubts]
    if silent:
        return Verdict.SILENT, tuple(f"{name} is missing without a record" for name in silent)
    missing = [name for name in expected if name not in right]
    reasons = tuple(dict.fromkeys(known[name] for name in missing if name in known))
    if missing:
        return Verdict.LISTED, reasons or evidence.doubts
    return Verdict.COMPLETE, evidence.doubts


def _is_right(expected: frozenset[str], came: frozenset[str], brings_more: bool) -> bool:
    return expected <= came if brings_more else expected == came


def order_fault(placed: int, wanted: int, evidence: Evidence, *, lists_jobs: bool) -> str | None:
    """Return what is wrong with how often was ordered; None where nothing is.

    ``placed`` is what the provider was sent, ``wanted`` how many products were to be ordered.
    """
    if placed > evidence.orders:
        return f"{placed} orders were placed, the ledger knows of {evidence.orders}"
    if lists_jobs and evidence.duplicates:
        return f"{evidence.duplicates} orders were placed twice, though the jobs are listed"
    if evidence.duplicates > wanted:
        return f"{evidence.duplicates} duplicates of {wanted} orders"
    return None


def leaks(asked: list[Mapping[str, str]], secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return what headers that another host was sent hold a credential."""
    return tuple(
        f"{name} was sent to another host"
        for headers in asked
        for name, value in headers.items()
        if name in _CREDENTIALS or any(secret in value for secret in secrets)
    )


_CREDENTIALS = frozenset({"authorization", "private-token", "cookie", "x-api-key"})
