"""The answer for those who are no person at a terminal: pull requests, dashboards, tools for traces.

Each format has a module with one function, from what was judged to a text; `write.py` says which is taken.
"""
