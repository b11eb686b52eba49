"""The labelled transition system, and how it is searched: knows variables, guards, effects and fairness."""
