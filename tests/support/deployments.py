"""The random deployments of the public strategies, as plain data: what the oracle takes, too."""

from skewproof.properties.strategies import deployment_data as deployments

__all__ = ["deployments"]
