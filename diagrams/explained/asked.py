"""What is asked of the deployment itself: properties, ways back, that the pipeline goes on."""

from __future__ import annotations

from .explanation import Explanation, UsualRemedy

ASKED = (
    Explanation(
        "property",
        None,
        "what the file states does not hold",
        "Some run of the deployment violates a property of the file, or has fewer instances up than "
        "`min_available`.",
        "The steps, or moves that run on in the background, can come in an order that the property "
        "rules out: "
        "what is not awaited can happen at any later moment, or not yet.",
        (
            UsualRemedy(
                "wait for it",
                "`await` what was started, or give the action a `when`, before the step that needs it",
                "the pipeline takes as long as what it waits for, and fails with it",
            ),
            UsualRemedy(
                "state what you mean",
                "if the run of the story is fine, the formula says too much: weaken it",
                "none, if the story is read first",
            ),
        ),
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline: [Roll: [start deploy app], Migrate: [migrate db]]
        changes: {db/orders: {breaks: none}}
        properties: {nobody old on the new schema: always not (app.up(V1) and db/orders.version == V2)}
        """,
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline: [Roll: [start deploy app], Wait: [await app], Migrate: [migrate db]]
        changes: {db/orders: {breaks: none}}
        properties: {nobody old on the new schema: always not (app.up(V1) and db/orders.version == V2)}
        """,
    ),
    Explanation(
        "setback",
        None,
        "something is taken back after a step that cannot be",
        "A rollback or a revert came after an action that the file calls `irreversible`.",
        "What was done cannot be undone (a column is gone, a cluster has its new format), and the way back "
        "would meet it.",
        (
            UsualRemedy(
                "the irreversible step last",
                "move it behind everything that may still be taken back, and roll back before it if at all",
                "the old form is kept until then",
            ),
            UsualRemedy(
                "forward only",
                "no rollback from there on: a fault is mended by a further release",
                "a release made in a hurry, if it comes to that",
            ),
        ),
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline:
          - Roll: [deploy app]
          - Clean up: [irreversible migrate db]
          - Call it off: [rollback app]
        changes: {db/orders: {breaks: none}}
        """,
        """
        components: {app: {kind: service, replicas: 2}, db: {kind: database}}
        requests: {buy: [client calls app: page, app writes db: orders]}
        pipeline:
          - Roll: [deploy app]
          - Call it off: [rollback app]
          - Clean up: [irreversible migrate db]
        changes: {db/orders: {breaks: none}}
        """,
    ),
    Explanation(
        "stall",
        None,
        "the pipeline can come to where it never goes on",
        "A run of the deployment comes to a moment from which no way leads to the end.",
        "The pipeline waits for what can no longer happen: for a worker that nobody resumes, for a "
        "state that "
        "another step has left behind.",
        (
            UsualRemedy(
                "make true what is waited for",
                "the action that brings it about before the wait, or at least no action that prevents it",
                "nothing but the order",
            ),
            UsualRemedy(
                "a way out",
                "a limit on the wait, and a `rollback:` for when it is over",
                "a pipeline that can fail, and has to be right on its way back, too",
            ),
        ),
        """
        components: {web: {kind: service}, job: {kind: worker}, stock: {kind: service}}
        requests: {buy: [client calls web: page], count: [job calls stock: count]}
        pipeline:
          - Stop jobs: [suspend job]
          - Roll: [deploy web when not job.suspended]
          - Go on: [resume job]
        changes: {stock/count: {breaks: none}}
        """,
        """
        components: {web: {kind: service}, job: {kind: worker}, stock: {kind: service}}
        requests: {buy: [client calls web: page], count: [job calls stock: count]}
        pipeline:
          - Stop jobs: [suspend job]
          - Go on: [resume job]
          - Roll: [deploy web when not job.suspended]
        changes: {stock/count: {breaks: none}}
        """,
    ),
)
