"""Kubernetes: manifests, the output of `helm template`, Argo Rollouts, Argo CD, Istio."""
