"""Certificates: a proof that a stranger can check. `write` makes them, `verify` checks them.

`verify` imports nothing of the engines or the slicer. It trusts the loader, the compiler and the lookups.
"""
