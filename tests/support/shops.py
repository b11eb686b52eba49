"""Deployments that are safe as they are declared, and unsafe on a path that nobody declared."""

CORNER_SHOP = """\
system: Corner shop
components:
  web:   {kind: service}
  stock: {kind: service}
  cron:  {kind: worker}
  db:    {kind: database}
requests:
  browse:
    - client calls web: page
    - web calls stock: item
    - stock reads db: item
  nightly report:
    - cron calls stock: report
    - stock writes db: report
pipeline:
  - Quiet: [suspend cron]
  - Migrate: [migrate db]
  - Roll: [deploy stock web cron]
  - Open: [resume cron]
changes:
  db/report: {breaks: [V1 -> V2]}
"""
"""Only the job writes reports, and it is suspended; but what a client calls could write them, too."""

DEEP_SHOP = CORNER_SHOP.replace(
    "    - web calls stock: item\n",
    "    - web calls cart: item\n    - cart calls price: item\n    - price calls stock: item\n",
).replace("  db:    ", "  cart:  {kind: service}\n  price: {kind: service}\n  db:    ")
"""The same five hops deep."""
