"""What a rollout that stands somewhere can still meet: `skewproof gate`, and whether a log is a run:
`conform`.

An observation is a guard over the deployment's own variables. A request that is under watch meets a hazard
*from here* if some run of the deployment with that request passes through a state in which the guard holds,
and later (or then) makes a lookup that breaks. The request may have begun before: who carries an old token or
stands on an old instance is about now.

**Parts.** A part keeps some variables of the product and hides the others: each event keeps what it says of
those that are kept (localization reduction: Kurshan, "Computer-Aided Verification of Coordinating Processes",
1994), and waits besides for a position of the pipeline at which each hidden variable can be as the event asks
(`model.compiler.ranges`). Every run of the whole, with what happens elsewhere left out, is a run of the
part. So what no run of a part meets, no run of the whole meets, whatever was hidden.

**Runs.** What a part meets need not be met in the whole. So its run is lifted: the hidden variables fall into
groups between which no event of theirs speaks, and each group looks for a run of its own along the part's
(`lifting`), which passes through what was seen of the group where the part passes through what was seen of
it. Merged, these are a run of the whole, and it is replayed on the live machines before anybody sees it.
Where a group has none, what stopped it is kept as well, and the part is searched again (counterexample-guided
abstraction refinement: Clarke, Grumberg, Jha, Lu, Veith, 2000). Each round keeps more, and in the end all: so
the answer is exact, and its size is that of what the hazard depends on, not of the deployment.

**Sets.** Where a part has too many states, the whole is held as sets (`sets`), which are exact as well. Where
a limit is hit there is no answer, and it is never read as `safe`.
"""
