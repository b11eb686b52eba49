"""What a deployment file says, as frozen values: the abstract syntax of the language."""

from .acceptance import Acceptance, HazardWord
from .actions import Action, Instruction, Step, name_step
from .changes import (
    Aspect,
    Assumption,
    Cell,
    Change,
    Declaration,
    Flag,
    Pair,
    Reason,
    Severity,
    list_bare_aspects,
)
from .components import Component, Drain, Kind, Readiness, Route, Strategy
from .deployment import Deployment
from .prices import DEFAULT_PRICES, Prices, RemedyKind
from .requests import LEADER, OBTAINING, Hop, Request, Source, Verb, list_obtained
from .sources import ContractFormat, ContractSource, RegistryLevel, ResultTool

__all__ = [
    "DEFAULT_PRICES",
    "LEADER",
    "OBTAINING",
    "Acceptance",
    "Action",
    "Aspect",
    "Assumption",
    "Cell",
    "Change",
    "Component",
    "ContractFormat",
    "ContractSource",
    "Declaration",
    "Deployment",
    "Drain",
    "Flag",
    "HazardWord",
    "Hop",
    "Instruction",
    "Kind",
    "Pair",
    "Prices",
    "Readiness",
    "Reason",
    "RegistryLevel",
    "RemedyKind",
    "Request",
    "ResultTool",
    "Route",
    "Severity",
    "Source",
    "Step",
    "Strategy",
    "Verb",
    "list_bare_aspects",
    "list_obtained",
    "name_step",
]
