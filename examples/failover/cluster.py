"""A database cluster with a leader and a replica: who leads, as a machine of its own.

The leader can crash at any time; the replica then takes over, if it is up. A planned `step down` is made by
the pipeline, and only once the replica runs the new version.
"""

from transitions import Machine

from skewproof import own_rollout

# Who takes the writes: the old leader, nobody while a failover is under way, the replica (which is old or new
# itself: it takes over with the version that it runs).
STATES = ["old leads", "failing over", "old replica leads", "new replica leads"]

TRANSITIONS = [
    {"trigger": "crash", "source": "old leads", "dest": "failing over"},
    {
        "trigger": "elect",
        "source": "failing over",
        "dest": "old replica leads",
        "conditions": "replica.up(V1)",
    },
    {
        "trigger": "elect",
        "source": "failing over",
        "dest": "new replica leads",
        "conditions": "replica.up(V2)",
    },
    {
        "trigger": "step down",
        "source": "old leads",
        "dest": "new replica leads",
        "conditions": "replica.version == V2",
    },
    {
        "trigger": "upgrade",
        "source": "old replica leads",
        "dest": "new replica leads",
        "conditions": "replica.version == V2",
    },
]

leader = own_rollout(
    Machine(model=None, states=STATES, initial="old leads", transitions=TRANSITIONS, auto_transitions=False),
    {
        "old leads": ["V1"],
        "failing over": [],
        "old replica leads": ["V1"],
        "new replica leads": ["V2"],
    },
    deploy=["step down", "upgrade"],
    faults=["crash", "elect"],
)
