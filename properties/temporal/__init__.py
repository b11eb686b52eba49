"""Formulas over runs: what must hold in every state, and what must come, under weak fairness."""
