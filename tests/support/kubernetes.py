"""Manifests of Kubernetes as tests write them."""

from __future__ import annotations

from pathlib import Path

from skewproof.model.deployment import Component
from support.importing import import_text


def workload(kind: str, spec: str = "{}", name: str = "web", pod: str = "{}", api: str = "apps/v1") -> str:
    """A workload with one container, as one document."""
    return f"""
---
apiVersion: {api}
kind: {kind}
metadata: {{name: {name}}}
spec:
  {spec if spec != "{}" else "revisionHistoryLimit: 2"}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers: [{{name: main, image: shop/{name}, ports: [{{containerPort: 80}}]}}]
      {pod if pod != "{}" else "hostNetwork: false"}
"""


def only(tmp_path: Path, text: str) -> Component:
    (component,) = import_text(tmp_path, text).deployment.components.values()
    return component
