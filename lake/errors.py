"""What can go wrong with what rests and what is known.

LakeError
├── LostClaim          another worker holds this row now; drop the work, nothing was changed
├── UnknownLedger      the ledger's schema is newer than this code, or is not one of ours
├── MissingObject      something that the ledger names is not in the lake
├── BrokerFailed       Kafka could not be reached, or has no such topic
└── MessageRefused     Kafka will never take this message as it is
"""


class LakeError(Exception):
    """The lake or the ledger could not do what was asked."""


class LostClaim(LakeError):
    """Another worker holds this row now; drop the work, nothing was changed."""


class UnknownLedger(LakeError):
    """The ledger's schema is newer than this code, or is not one of ours."""


class MissingObject(LakeError):
    """Something that the ledger names is not in the lake."""


class BrokerFailed(LakeError):
    """Kafka could not be reached, or has no such topic."""


class MessageRefused(LakeError):
    """Kafka will never take this message as it is."""
