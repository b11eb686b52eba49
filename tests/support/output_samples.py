"""Hand-made deployments and answers for the tests of the outputs; no engine takes part."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from skewproof.model.compiler.causes import Cause, HopCause, LossCause
from skewproof.model.compiler.stepview import ComponentView, StepView, Suspension
from skewproof.model.deployment import (
    Acceptance,
    Aspect,
    Change,
    Component,
    Deployment,
    Hop,
    Kind,
    Request,
    Severity,
    Source,
    Step,
    Verb,
)
from skewproof.model.names import Contract, Place, instances_of, schema_of
from skewproof.properties.lookups.lookup import HazardKind
from skewproof.properties.verdict import (
    AcceptedHazard,
    Answer,
    Cited,
    Hazard,
    HopHazard,
    JudgedAcceptance,
    PropertyHazard,
    PropertyKind,
    Role,
    Safe,
    Statistics,
    TraceEvent,
    Unknown,
    Unsafe,
)
from support.causes import entered, moved

CONFIGURE, INSTALL = "Configure_RabbitMQ_Vhosts_and_Permissions", "Run_install"
PRE_DEPLOY, SERVICES = "Run_pre-deploy_hook", "Deploy_Spryker_services"
STEPS = (
    "Source",
    "Please_approve",
    "Build_and_Prepare",
    CONFIGURE,
    PRE_DEPLOY,
    "Pre_Deployment_Configuration",
    "Deploy_Scheduler",
    INSTALL,
    SERVICES,
    "UpdateDeployedVersion",
    "Post_Deployment_Configuration",
    "Run_post-deploy_hook",
)
OLD_TO_NEW = frozenset({("V1", "V2")})
BOTH = frozenset({("V1", "V2"), ("V2", "V1")})
CART_ITEM = Contract("database", "cart_item")
CART_ADD = Contract("zed", "cart.add")
REDIS_PRODUCT = Contract("redis", "product")


def hops(text: str, first_line: int = 1) -> tuple[Hop, ...]:
    """Hops written as `consumer verb provider subject [source]`, one a line."""
    made = []
    for number, line in enumerate(text.strip().splitlines()):
        consumer, verb, provider, subject, *using = line.split()
        sources = tuple(Source(*reversed(source.split("/"))) for source in using)
        place = Place("deployment.yaml", first_line + number, 7)
        made.append(Hop(consumer, Verb(verb), provider, subject, sources, place))
    return tuple(made)


def sccos() -> Deployment:
    """Spryker Cloud Commerce OS with the realistic release of the design."""
    kinds = {"glue": Kind.SERVICE, "zed": Kind.SERVICE, "scheduler": Kind.WORKER, "database": Kind.DATABASE}
    kinds |= {"redis": Kind.CACHE, "search": Kind.CACHE, "rabbitmq": Kind.BROKER}
    requests = {
        "browse product": """
            client calls glue product.page
            glue reads redis product
            glue reads search product""",
        "add to cart": """
            client calls glue cart.items
            glue reads redis product
            glue reads search product
            glue calls zed cart.add
            zed writes database cart_item redis/product""",
        "publish product": """
            client calls zed product.save
            zed writes database product
            zed publishes rabbitmq product.publish""",
        "synchronise product": """
            scheduler consumes rabbitmq product.publish
            scheduler reads database product
            scheduler writes redis product
            scheduler writes search product""",
    }
    changes = (
        Change(
            CART_ITEM,
            {Aspect.SCHEMA: OLD_TO_NEW, Aspect.TOKEN: OLD_TO_NEW},
            place=Place("release.yaml", 12, 3),
        ),
        Change(
            CART_ADD,
            dict.fromkeys(Aspect, BOTH),
            note="the cart's currency moved",
            place=Place("release.yaml", 13, 3),
        ),
        Change(REDIS_PRODUCT, dict.fromkeys(Aspect, OLD_TO_NEW), place=Place("release.yaml", 14, 3)),
    )
    return Deployment(
        system="Spryker Cloud Commerce OS",
        versions=("V1", "V2"),
        components={
            name: Component(name, kind, image="zed" if name == "scheduler" else None)
            for name, kind in kinds.items()
        },
        requests=tuple(
            Request(name, hops(text, 20 + 10 * number))
            for number, (name, text) in enumerate(requests.items())
        ),
        pipeline=tuple(Step(name) for name in STEPS),
        changes={change.contract: change for change in changes},
        release="realistic",
        file="deployment.yaml",
    )


def _event(step: str, cause: Cause, text: str) -> TraceEvent:
    return TraceEvent(step, cause, text, text)


def passing(*steps: str) -> list[TraceEvent]:
    """The pipeline goes on, step after step."""
    return [_event(step, entered(step), f"the pipeline enters {step}") for step in steps]


def move(step: str, owner: str, text: str, *after: tuple[str, str]) -> TraceEvent:
    values = tuple(
        (schema_of(Contract(*owner.split("/"))), value) for what, value in after if what.endswith(" schema")
    )
    what = text.removeprefix(f"{owner}: ").removeprefix(f"{owner} ")
    return TraceEvent(step, moved(instances_of(owner), what), text, what, None, after, values)


def not_needed(event: TraceEvent) -> TraceEvent:
    """As one that the story could do without."""
    return replace(event, is_needed=False)


def hop(step: str, request: str, number: int, text: str) -> TraceEvent:
    cause = HopCause(request, number, Hop("client", Verb.CALLS, "glue", "x"), None, None)
    return TraceEvent(step, cause, text, text, number)


def schema_hazard() -> HopHazard:
    """Old Zed writes a cart item into the new schema; the request is quick."""
    request = "add to cart"
    texts = (
        "client calls glue V1: cart.items",
        "glue V1 reads redis: product (finds V1)",
        "glue V1 reads search: product",
        "glue V1 calls zed V1: cart.add",
        "zed V1 writes database: cart_item (finds V2)",
    )
    trace = (
        *passing(*STEPS[:5]),
        not_needed(move(PRE_DEPLOY, "scheduler", "scheduler suspended")),
        *passing(*STEPS[5:7]),
        not_needed(move("Deploy_Scheduler", "scheduler", "scheduler: spawn V2 (V1 ×1, V2 ×1)")),
        not_needed(move("Deploy_Scheduler", "scheduler", "scheduler: retire V1 (V2 ×1)")),
        *passing(INSTALL),
        move(INSTALL, "database/cart_item", "database/cart_item: schema V1 → V2", ("cart_item schema", "V2")),
        *(hop(INSTALL, request, number, text) for number, text in enumerate(texts, 1)),
    )
    return HopHazard(
        id="add to cart:zed->database/cart_item:schema:V1->V2",
        kind=HazardKind.INCOMPATIBLE,
        request=request,
        hop=5,
        consumer="zed",
        consumer_instance=None,
        consumer_version="V1",
        provider="database",
        provider_version="V2",
        contract=CART_ITEM,
        aspect=Aspect.SCHEMA,
        severity=Severity.ERROR,
        inevitable=True,
        span=0,
        window=(INSTALL, SERVICES),
        trace=trace,
    )


def property_hazard() -> PropertyHazard:
    """The scheduler is suspended and stays so: a lasso that stands still."""
    trace = (
        *passing(*STEPS[:5]),
        move(PRE_DEPLOY, "scheduler", "scheduler suspended"),
        *passing(*STEPS[5:7]),
    )
    return PropertyHazard(
        id="0123456789ab",
        kind=PropertyKind.PROPERTY,
        property="jobs go on",
        explanation="`scheduler.suspended` has held, and `not scheduler.suspended` never comes",
        inevitable=True,
        window=(INSTALL, SERVICES),
        trace=trace,
        loop=len(trace),
    )


def token_hazard() -> HopHazard:
    """The same hop with a product that only V1 data knows; a race, in the same window."""
    return replace(
        schema_hazard(),
        id="add to cart:zed->database/cart_item:token:V1->V2",
        aspect=Aspect.TOKEN,
        inevitable=False,
        severity=Severity.CORRUPTION,
    )


def slow_hazard() -> HopHazard:
    """New Glue calls old Zed; the request outlives two steps, and a writer interferes."""
    request = "add to cart"
    trace = (
        hop("(before)", request, 1, "client calls glue V1: cart.items"),
        *passing(*STEPS[:9]),
        TraceEvent(
            SERVICES,
            LossCause(REDIS_PRODUCT, "V2", False, "V1 + V2"),
            "other traffic: scheduler V2 leaves V2 in redis/product (V1 + V2)",
            "scheduler V2 leaves V2 in redis/product (V1 + V2)",
        ),
        move(SERVICES, "zed", "zed: spawn V2 (V1 ×2, V2 ×1)"),
        hop(SERVICES, request, 4, "glue V1 calls zed V2: cart.add"),
    )
    return replace(
        schema_hazard(),
        id="add to cart:glue->zed/cart.add:call:V1->V2",
        hop=4,
        consumer="glue",
        provider="zed",
        contract=CART_ADD,
        aspect=Aspect.CALL,
        severity=Severity.DEGRADED,
        inevitable=False,
        span=2,
        window=(SERVICES,),
        trace=trace,
    )


def statistics(never_mixed: tuple[Contract, ...] = ()) -> Statistics:
    return Statistics("slices", 4, 15, 13, 1234, 5678, 1_234_567_890_123, never_mixed)


def unsafe_answer(*hazards: Hazard) -> Answer:
    told = hazards or (slow_hazard(), schema_hazard(), token_hazard())
    found = tuple(
        placed(one, sccos()) if isinstance(one, HopHazard) and not one.places else one for one in told
    )
    return Answer(
        system="Spryker Cloud Commerce OS",
        release="realistic",
        verdict=Unsafe(found),
        avoidable=False,
        unchanged=(Contract("glue", "product.page"), Contract("search", "product")),
        unjudged=(Contract("glue", "cart.items"),),
        max_span=3,
        residue=(REDIS_PRODUCT,),
        statistics=statistics((REDIS_PRODUCT,)),
        images={"scheduler": "zed"},
    )


def accepting_answer() -> Answer:
    """One hazard is open, and sticks out of an entry; one is accepted, one entry void, one needless."""
    answer = unsafe_answer(slow_hazard())
    (hazard,) = answer.hazards
    entry = Acceptance("users log in again", contract="redis/product", within=("Run_install",))
    entries = (
        JudgedAcceptance(entry, (token_hazard(),), ((hazard, ("Deploy_Spryker_services",)),)),
        JudgedAcceptance(Acceptance("gone", request="browse", place=Place("accept.yaml", 7, 3))),
        JudgedAcceptance(Acceptance("planned", until=date(2020, 1, 1)), is_void=True),
    )
    return replace(answer, accepted=(AcceptedHazard(token_hazard(), (entry,)),), accept=entries)


def placed(hazard: HopHazard, deployment: Deployment) -> HopHazard:
    """The hazard with where its change and its hop stand in the deployment, if it has them."""
    change = deployment.change_of(hazard.contract)
    requests = {request.name: request for request in deployment.requests}
    request = requests.get(hazard.request)
    places = {
        Role.CHANGE: change.place if change is not None and hazard.aspect is not None else None,
        Role.HOP: request.hops[hazard.hop - 1].place if request is not None else None,
    }
    cited = (Cited(role, place) for role, place in places.items() if place is not None)
    return replace(hazard, places=tuple(cited))


def safe_answer(never_mixed: tuple[Contract, ...] = ()) -> Answer:
    proof = replace(statistics(never_mixed), hops_proven=15)
    return replace(
        unsafe_answer(),
        verdict=Safe(),
        avoidable=True,
        residue=(),
        unjudged=(),
        max_span=None,
        statistics=proof,
    )


def unknown_answer() -> Answer:
    verdict = Unknown(
        "Nothing was given to judge: the file has no `changes`.", "Give --changes FILE, or --pessimistic."
    )
    return replace(unsafe_answer(), verdict=verdict, avoidable=None, residue=(), statistics=None)


def many_hazards() -> tuple[HopHazard, ...]:
    """Every hop of every request broken both ways, as `--pessimistic` finds them."""
    made = []
    for request in sccos().requests:
        for number, met in enumerate(request.hops, 1):
            for consumer, provider in (("V1", "V2"), ("V2", "V1")):
                aspect = Aspect.CALL if met.verb.is_call else Aspect.SCHEMA
                event = hop(
                    SERVICES, request.name, number, f"{met.consumer} {consumer} {met.verb} {met.provider}"
                )
                hazard = replace(
                    slow_hazard(),
                    id=f"{request.name}:{number}:{consumer}->{provider}",
                    request=request.name,
                    hop=number,
                    consumer=met.consumer,
                    provider=met.provider,
                    contract=met.contract,
                    consumer_version=consumer,
                    provider_version=provider,
                    aspect=aspect,
                    span=0,
                    window=("(before)", *STEPS[:4]) if number % 2 else (*STEPS[8:], "(after)"),
                    trace=(*passing(*STEPS[:9]), event),
                )
                made.append(hazard)
    return tuple(made)


def step_view(step: str = SERVICES) -> StepView:
    """Deploy_Spryker_services, as the Spryker document shows it."""
    mixed, new = ComponentView(("V1", "V2")), ComponentView(("V2",))
    components = dict.fromkeys(("glue", "zed", "redis", "search"), mixed)
    components |= {"database": new, "rabbitmq": new, "scheduler": ComponentView(("V2",), Suspension.MAYBE)}
    return StepView(step, STEPS.index(step) + 1, len(STEPS), components)
