"""Where a rollout stands, as tools tell it (docs/gate.md).

`sightings.py` says what can be seen, `calling.py` how what runs is told to be of a component and a version,
`gathering.py` adds it up; `plain.py`, `kubernetes.py`, `compose.py` and `ecs.py` read a format each,
`state.py` tells them apart. `logs.py` reads what happened one after the other.
"""
