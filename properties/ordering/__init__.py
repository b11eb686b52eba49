"""The order of a release's actions: a plan in waves that is safe, or why there is none (`skewproof plan`).

What is ordered are actions: a `deploy` of each component that a change concerns, a `migrate` or `reconfigure`
of each store whose schema the release changes, an `enable` of each flag that guards something that changes. A
plan puts them in waves: those of one wave run at the same time, a wave begins when the one before is over.

**Requirements.** Each hazard of a plan comes with a run. Of that run only some events are needed
(`telling.need`), and only some actions have a say in them. If in another plan none of these actions begins
later, or earlier, than the run has it, the run is one of that plan as well: the actions that have no say can
be done before, between or after. So a plan without the hazard has at least one of the pairs "a is over before
b begins", where b begins in the run while a is not over. That disjunction is a requirement of every plan
(conflict clauses: Marques-Silva, Sakallah, "GRASP", 1999; counterexample-guided synthesis: Solar-Lezama and
others, 2006).

**Search.** The requirements that are known are solved for the fewest waves; the plan is judged; its hazards
give new requirements; until a plan has none. Requirements are necessary, so the first plan that has no hazard
has the fewest waves that any safe plan can have, and if they contradict each other no plan is safe, in waves
or one after the other.

**What is exact.** Both, for plans of these actions in waves, each in the strategy that the file gives,
without `max_span` (how many steps begin while a request is in flight depends on the plan). Plans in which an
action waits for one action of a wave and not for another are not looked for: the language's pipeline is a
line. Of more than two versions each action comes once for each, in their order. A drain makes no event: in a
run it begins and is over when the run leaves its wave. A pause of a worker is two actions. Of properties,
those that must hold in every state give requirements; if what must come does not come, nothing is said.

**Literature.** For networks, consistent updates (Reitblatt, Foster, Rexford, Schlesinger, Walker,
"Abstractions for Network Update", SIGCOMM 2012) keep two configurations apart for each packet by a version
tag, as `route: carried` does here; ordering updates in rounds so that what must hold in between holds
(Ludwig, Rost, Foucard, Schmid, "Good Network Updates for Bad Packets", HotNets 2014; Ludwig, Marcinkowski,
Schmid, "Scheduling Loop-free Network Updates", PODC 2015) is what is done here, and there as here an order
may not exist, and the fewest rounds are hard to find in general. Of programs, dynamic software updating asks
at which points old and new code may meet (Hicks, Nettles, "Dynamic Software Updating", 2005; Hayden, Magill,
Hicks, Foster, Foster, "Specifying and Verifying the Correctness of Dynamic Software Updates", 2012); ordering
the updates of components so that each finds what it needs is Ajmani, Liskov, Shrira, "Modular Software
Upgrades for Distributed Systems" (ECOOP 2006).
"""
