"""Slips: what a deployment file says that can hardly be meant, though it is right."""

from .finding import find_slips
from .slip import Slip

__all__ = ["Slip", "find_slips"]
