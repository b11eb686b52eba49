"""The language of deployment files: text in, a checked `Deployment` or all that is wrong out.

Read `keys` (every key there is), `loader` (the order of things), then the section you care for.
"""

from .loader import load, loads
from .schema import json_schema

__all__ = ["json_schema", "load", "loads"]
