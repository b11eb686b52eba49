"""The file that `skewproof init` writes where no manifest tells more: complete, and unsafe on purpose."""

STARTER = """\
# Written by `skewproof init`, and yours from here on: put your own components, requests and steps in place of
# these. `skewproof check` tells what breaks while they are deployed; docs/language.md has every word.
system: My shop
versions: [V1, V2]

components:
  front: {kind: service, replicas: 2}   # replaced one by one; or `strategy: recreate`, `blue-green`
  back: {kind: service, replicas: 2}
  mail: {kind: worker}                  # begins its work itself
  db: {kind: database}
  queue: {kind: broker}

# What the application does, hop by hop. `client` has no version; a mobile app would be a `kind: client`.
requests:
  order:
    - client calls front: basket
    - front calls back: order
    - back writes db: order
    - back publishes queue: ordered
  send mail:
    - mail consumes queue: ordered
    - mail reads db: order

# What the pipeline does, in its order.
pipeline:
  - Migrate: [migrate db]
  - Deploy services: [deploy back front]
  - Deploy workers: [deploy mail]

# What this release changes, and which pairs `consumer -> provider` do not understand each other. This one
# drops a column that old code still writes. `skewproof explain SKW101-schema` says what helps.
changes:
  db/order: {breaks: {schema: [V1 -> V2]}, note: a column dropped}
  queue/ordered: {breaks: none}
"""
