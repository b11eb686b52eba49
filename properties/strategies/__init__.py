"""Hypothesis strategies, for our own tests and for those of users."""

from .deployments import deployment_data, deployments

__all__ = ["deployment_data", "deployments"]
