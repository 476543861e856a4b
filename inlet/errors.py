"""What the composition root may answer a person with.

InletError
├── ForSomebody             a person has to act: the same again comes to the same
│   ├── PortfolioBroken     a portfolio file cannot be used; file, line and remedy are named
│   ├── UnknownCollection   no collection of that name is in the portfolio
│   ├── UnknownDraft        no draft of that id or provider is in the ledger
│   ├── UnfitDraft          what was proposed cannot become a provider as it is
│   ├── UnfitState          a draft is not where what was asked for may follow
│   ├── NameTaken           a provider or a collection of that name is in the portfolio
│   └── HarvestUnfinished   a run ended, and not all that it was about is accounted for
├── Incomplete          a census found gaps that have to be mended
├── UnknownItem         no item revision of that id is in the ledger
├── NotQuarantined      a decision was made about an item that is not, or not free, in quarantine
├── NoBroker            something needs Kafka, and the settings name none
├── NoSecrets           the settings name no function that could be asked for credentials
├── SandboxSilent       the sandbox's process did not answer in time
├── MachineLacks        this machine has not what the stack needs; how to get it is named
├── StackSilent         a service of the stack does not answer
├── WrongSubmission     an item was handed in that cannot be published as it is
├── ItemExists          an item was handed in as new that is out already
├── ItemMissing         an item is to be changed that is not out
├── ItemChanged         an item is to be changed that is not any more what its reader saw
└── AirflowSilent       Airflow does not answer, or not as it should
    └── AirflowUnready  it answers, and cannot do this one thing yet
"""


class InletError(Exception):
    """Something was asked of Inlet that it cannot do."""


class ForSomebody(InletError):
    """A person has to act: the same again comes to the same."""


class PortfolioBroken(ForSomebody):
    """A portfolio file cannot be used; file, line and remedy are named."""


class UnknownCollection(ForSomebody):
    """No collection of that name is in the portfolio."""


class Incomplete(InletError):
    """A census found gaps that have to be mended."""


class UnknownItem(InletError):
    """No item revision of that id is in the ledger."""


class NotQuarantined(InletError):
    """A decision was made about an item that is not in quarantine, or is being worked on."""


class NoBroker(InletError):
    """Something needs Kafka, and the settings name none."""


class NoSecrets(InletError):
    """The settings name no function that could be asked for credentials."""


class UnknownDraft(ForSomebody):
    """No draft of that id or provider is in the ledger."""


class UnfitDraft(ForSomebody):
    """What was proposed cannot become a provider as it is; what to write is named."""


class UnfitState(ForSomebody):
    """A draft is not where what was asked for may follow."""


class NameTaken(ForSomebody):
    """A provider or a collection of that name is in the portfolio already."""


class SandboxSilent(InletError):
    """The sandbox's process did not answer in time."""


class MachineLacks(InletError):
    """This machine has not what the stack needs; the command that brings it is named."""


class StackSilent(InletError):
    """A service of the stack does not answer."""


class WrongSubmission(InletError):
    """An item was handed in that cannot be published as it is; what is wrong is named."""


class ItemExists(InletError):
    """An item was handed in as new that is out already."""


class ItemMissing(InletError):
    """An item is to be changed that is not out."""


class ItemChanged(InletError):
    """An item is to be changed that is not any more what its reader saw."""


class HarvestUnfinished(ForSomebody):
    """A run ended, and not all that it was about is accounted for."""


class AirflowSilent(InletError):
    """Airflow does not answer, or not as it should."""


class AirflowUnready(AirflowSilent):
    """Airflow answers, and cannot do this one thing yet: a DAG is not there, or is broken."""
