"""Slices: the parts of a deployment that single hops depend on, and the engine that judges in them.

For hop k of a request the slice is the cone of influence of what the hop looks up (Clarke, Grumberg, Peled,
"Model Checking", 1999, section 13.1), as a deployment of its own (`cone`, `restrict`), with the machines of
its components reduced (`quotient`). Why its answers are those of the whole:

**What is kept.** The consumer's instance and the call that picks it; the provider, its schema, its content;
the flag that guards the contract; of what the hop is `using`, every earlier hop that obtains it, with the
same; of content that is read, the request's own writes, and so many of those who write or consume it as can
stand for all (below), with the workers whose jobs do; of what the request consumes, the caller, for it uses
messages up as others do; every earlier hop that may have to wait (a queue that may be empty, a component that
may be down), but for those that are spared (below); a worker at which the request starts; content that the
pipeline waits for and that an earlier hop writes; the instances on the stack that hold up a join (below); the
whole pipeline. Everything else is cut: of a unit that was cut, its own events, its part in the conditions of
joins, and the hops that meet only it.

**Dropping hides nothing.** Each event of the whole, seen in the kept variables alone, is an event of the
slice or changes nothing (what others write and use up, those do that stand for them): guards have only lost
conjuncts, and instances that are let go at a hop that was cut are let go no later. So every run of the whole
is, without the events that were cut, one of the slice; what the slice cannot reach the whole cannot. This,
with the conditions of "a few for all", is all that `safe` rests on.

**Dropping adds nothing.** A run of the slice becomes a run of the whole as follows. (1) A unit that was cut
makes its events whenever the pipeline would wait for it: in a search of the unit alone with the pipeline
(`profile`), the pipeline can go on to its end, and all moves be over, from every state (`finishes`). Units
of which that is not so are in every slice. Units that were cut know nothing of each other: no guard of one
names a variable of another, since what writes kept content, and every `jobs` and `flag` that it depends on,
is kept, and traffic on content that was cut need not happen. One kind of it must: a queue that was cut and
that the pipeline drains is emptied by its consumers, who may be kept, and be suspended by then. They empty it
before anything has moved (`Profiles._is_used_up_at_first`; a queue of which that is not so is in every
slice), and nobody fills it again; the event counts where the pipeline comes past the drain, wherever it
happened before. (2) A hop that was cut happens just before the
next one that was kept. It can: it waits for nothing; and then the request is in flight no longer than in
the slice, and begins no more steps. (3) An instance of a component that was cut, on which the request
stands from one kept hop to another, must not hold up the pipeline where the slice goes on. How far the
pipeline can come while a request stands on a component, by where it was called, is found in the same search
of the component alone (`reach`). Where it is not "to the end" for every place, the instance stays in the
slice, unless a kept one was called no later, is held no shorter, and lets the pipeline come no further: then
whatever the slice's run passes, this one lets pass too, with the best choice of its version. A component on
which the request stands twice, or once beside what is tied to it, is never cut like that: one schedule would
have to serve both. Where it is enough to be told how far, none need be kept (below).

**Told by how far.** Let F be frames that hold something up and are cut all the same, and p the stage at which
the next kept hop after their calls is made; they are called just before it (2). Nobody else has a say in what
becomes of them, so while the request stands there, to the hop at which it lets them go, the pipeline comes to
a stage if and only if it is no further than reach(p) of each; complete is a stage, too. So one variable, set
at that hop to the least of these and asked wherever the pipeline goes on, and whether all is complete, stands
for all of F (`holdings`). In a run of the whole they may have been called earlier, at q. It is one of the
slice all the same if what q lets come to p lets come no further than p does: reach(p) >= reach(q) wherever
q < p <= reach(q) (`Profiles.is_no_worse_later`). Frames of which that is not so are kept. The hop at which
the request lets them go is kept, so that it does so at no other moment. If a frame is missing, all that is
called from it is passed over, which waits for nothing, and the judged hop is none of that; so all this can be
passed over at one moment, and who is missing is held between no two. Positions from which on another stage is
reached remain in the slice, and lines look alike if they do so to F as well.

**A few for all.** Let R be those who write or consume kept contents and that nothing else keeps: neither a
hop, nor a join, nor somebody's jobs, nor that they hold up the pipeline. Their number does not matter, in the
manner of cutoffs (Emerson and Kahlon, "Reducing model checking of the many to the few", 2000; of counters
that know no more than "some": Pnueli, Xu and Zuck, "Liveness with (0,1,∞)-counter abstraction", 2002). For
one of R meets all else in two things only. The pipeline waits for it; and while it is *present* (an instance
of some version writes; or one of those that consume), it may write the form of that version, or use up a
form. Nobody sees who did it, and nobody is made to. So a run of the whole stays one, with the same contents,
the same request, the same positions at the same moments, if what members of R do is done just then by other
members that are present. Who stands in for others must be able to be present whenever one of them was:

* *Stages.* In what a member of R does by itself nobody else has a say. So if it can be present while the
  pipeline stands at a stage, it can be so from when the pipeline comes there to when it goes on, however
  often somebody acts in between. Of its run only matters at which stages it is present (`presence`).
* *As good.* Wherever the other can be present, on a run that comes to some end, it can be so too, on a run
  that comes to that end, and this costs it no more beyond the cheapest (`PlacedPresences.is_as_good`); and it
  does the same at the same contracts, in the same jobs (`Offer.covers`). The ends are: to stand at a stage,
  to be complete, to be complete with no old instance.
* *Fit.* One run of it meets all demands together that single runs meet, at the price of the dearest; and if
  it is to be present for several things at a stage, it is so in one state (`Presences.is_fit`). A service
  that has both versions up for a while is fit for both. One that is recreated is not, for it cannot write the
  old form once it has written the new one, as two can between them: there one is kept for each presence. So
  one for all is too few, and one for each presence is enough.
* *Apart.* For each presence, or for all as one block, those are kept that are as good as any other; nobody is
  kept for two blocks. If two blocks may both cost something at one end, somebody who is present for both
  might pay once where its stand-ins pay twice. Who is like that is kept (`stand_ins._torn`), as is everybody
  for whom nobody can stand.
* *Held.* On whom the request may stand, or whom it calls at a hop that is spared (below), is not free to be
  present at will. It stands for nobody; others may stand for it.

The price: on a run of the whole each member of R costs at least its cheapest and the dearest of its demands.
Instead each stand-in costs its cheapest and the dearest demand of those for whom it stands, all others their
cheapest. Those for whom two stand-ins of a block stand are different ones, and of two blocks no more than one
costs more. So the sum is no larger. In the other direction nothing is to be shown: who was not kept finishes
and does not write. Hence existence, window, span, length, `for_ever`, residue, and what is mixed are those of
the whole; and so are `inevitable` and `avoidable`, for whether a state hits a hazard does not depend on R
(`Slice.bearing`), and both directions hold for complete runs. Where slices are put together (`avoidable`)
one's stand-in may be another one's consumer: there nobody writes at all. For what lies in a content makes
more hazards and never fewer, nothing waits for it, and a sync brings its form by itself; so from a run that
avoids all hazards the writes can be left out (`Plan.is_plain`). Using up empties queues, so consumers are
chosen anew.

**Doors.** An earlier hop that calls a component which may be down is a door. It is spared, that is cut like
any other hop, if the component has, at each stage, an instance that takes calls on runs that are no dearer
(`Presences.is_up_for_free`), and nothing else keeps it. For then it goes its way so that its door is open
when the request comes there: it is a unit of its own, and (2) and (3) hold as they do for others. But the
doors are a way not to meet a hazard. So a hazard which every complete run hits while all spared doors are
open may still be avoided by a run that has one of them shut at each such moment. That asks for no more than
one door that can be shut at each stage at which the hazard is hit and any door can, if none can be shut while
the pipeline goes on: that one is shut at these stages from their beginning to their end (`doors`); the
question is asked again with that door in the slice, and with all doors where there is no such one.
`avoidable` needs no doors: a run that avoids all hazards has none shut where a request would come to it, for
that is a hazard itself. Not so where all instances can be down by a restart: such doors are in the slices of
which `avoidable` is asked (`Doors.keep_harmless`).

**Jobs that are pulled.** The worker at which a request starts is in every slice, with the first hop, which
consumes in the slice as well, if only from a queue of which nothing is known (`QUEUE`). It may stand on an
instance that is not ready, of which `reach`, found for instances that were called, says nothing; so it
stands for no other in (3). The quotient tells states apart by the versions that run (`Rollout.running`).

**Served at once.** Most hops meet nothing that was obtained, written or waited for before: of what came
before them only the call of the consumer is kept, and, where versions of its caller alone make that call, the
call of the caller, and so on (`Walk.is_at_once`). The versions that are called take calls as long as the
request stands on them (`Profile.keeps_serving`), so at the moment of the hop they could just as well be
called: whatever the hop meets, a request meets that comes just then and is served at once, after as many
events. Of a job, or of a declared client, that asks for more: it must be able to begin just
then, so nobody ever suspends such jobs, and its version takes more for as long as it stands there
(`Walk.can_always_begin`). It holds up nobody, so no other instance need be kept (3), and the slice is
searched without anything that happens while a request is in flight.

**Enabled after the end.** A flag that nobody here enables is enabled once all is complete. Where nothing
moves in the background that is where the pipeline is at its end, for the slice as for the whole; else `scope`
refuses.

**Restarts.** Going down and coming back are the component's own, nobody else has a say in them but the
request, which holds up a version's last instance, and predicates, which tie. So they are found with all else
in the search of the component alone: that it can be down, what it can be present for, how far a request on it
lets the pipeline come. They go round in circles, so such machines are not reduced (`quotient`).

**Terminating instances** are gone by an event of the component's own, like a restart. A request holds that
up, and with it what waits for it, a recreated component or the end; how far that lets the pipeline come is in
`reach`. Whose instance terminates takes no calls any more while the request is on it (`keeps_serving`), so
such a request is not served at once.

**Hops of some versions.** A hop that is passed over is an event like one that is run, so that hops that were
cut count the same. What a kept hop does depends on whether it is run: on its caller's version, which is kept,
and on whether the caller was called, so that its call is kept, and so on. A frame that may be missing holds
up no more than one that is there, so it may be cut like others, but stands for none in (3). Among those who
write, versions that run the hop are what they offer.

**Leaders.** Who leads is remembered beside the instances, and only where a hop of the slice, or a predicate,
asks. Elections need never happen, so they may be cut with who does not ask; a call of a leader waits where
there is none, and is kept. Nobody stands for a leader that writes.

**Messages that come back** do so after an instance of a consumer has gone, whichever, and are acknowledged
while one is there that could have taken them. Both are presences as those to write and to use up are
(`Deed`): nobody sees who did it, nobody is made to, and who has gone has gone, whatever comes after. So a few
stand for all. Who has gone is told from the component's own runs (`Way.GONE`), for its states do not tell. In
a queue that was cut messages need not come back.

**What expires** is content that an action empties at one event, as a purge does. But an `expire` is over
only while the request holds nothing old of the contract, which it holds from the hop that obtains it to the
last that is using it. Hops that were cut happen at one moment with the next that was kept (2): where both
are cut to one moment nothing is held between two events, and the pipeline is held up no longer than in the
slice. Where they are at two, the slice keeps all hops that obtain it, what says in which form, the move,
and the last hop that is using it; if that comes behind the hop that is judged, one that nobody looks at
stands for it (`Cone._carry`). Who is served at once carries nothing from one event to the next. Of a
contract without content there is no unit, and only who carries it is waited for.

**Calls that go where the form leads** which the request carries (`route: carried`) are kept with all hops
that obtain such a form. Where they were cut they go somewhere; a slice in which the request stands on such a
frame for longer than a moment, while it holds something up, keeps it.

**Ties of data.** A content that goes with its table, and a copy, are tied to the schema and to the source,
and pods to the schemas that they bring along: each is a cluster with them (`ties`).

**Many tables for one.** Pods become ready when all schemas that they migrate are at their version or
beyond. Let A be schemas that the same pods migrate, that nothing else moves, and at which no predicate and
no content looks (`Plan.alike`), and R those of A that no hop of the slice meets. One variable stands for R:
the oldest version of any. It goes one version on when the last of R leaves the version before, by an event
with the same guard on the pods; so a run of the whole, seen with the oldest in place of R, is one of the
slice, and costs as much at least if each event of the oldest counts as |R|, for each of R has made it by
then. And a run of the slice becomes one of the whole, at that price, if all of R go on where the oldest
does: what lets one go on lets all, and changes nothing else. Readiness asks only for the oldest. The price
of a cluster that was cut is found in the same way (`Scheduler`). What a request that is served at once
meets does not depend on the oldest.

**Many copies of one.** Of copies that are made of one contract at the same moments one stands for those that
no hop of the slice meets; the conditions, and why, stand in `copies`.

**Counts.** How many instances are wanted follows from where the pipeline stands, and is carried over; the
machine is that of the whole.

**Predicates.** Units that are tied by what an action or a new instance waits for are kept or cut together:
all that is said here of a unit is true of their cluster (`ties`).

**Abrupt drains.** Who is not cut off meets what he would meet under a graceful drain: the events that spare
his instance are the same, and one that cuts him off ends the request. So hops are judged in slices that drain
gracefully. Whether the request is cut off on an instance is asked at the moment after that one was called.
For whoever is cut off later could be so if he had made no hop since: he stands on no more, what he wrote
others of that version can write, with as many events, and no step begins meanwhile that did not. In such a
slice the component keeps all of its machine, for each of its retirements counts. Nobody is cut off who is
served at once: it is inevitable only where nothing can be complete.

**Sessions.** A call that keeps to the version of an earlier call of the same component keeps that one in the
slice, with the route. Where all calls of such a component are cut they go where the route leads: a slice in
which the request stands on it for longer than a moment, while it holds something up, keeps it. Who is served
at once makes all of its calls at one moment, of one version.

**Failures** make a course of more than one line. Each line is judged as a deployment of its own, by all that
is said here, and the answers are put together (`lines`).

**The pipeline** is kept whole, but positions at which nothing that is kept happens are told from each other
by nothing but their number: of a stretch of them the two ends remain (`stretches`).

**Counts.** The units that were cut need so many events at least before each position of the pipeline,
whatever else happens (`costs`), and each can do with as many; so a run's length is the slice's own events
(weighted by the quotient), those, and the hops that were cut. The shortest is found by adding them up at
each position at which the hazard is met. The story is lifted, event by event, to the unreduced system
(`lift`); if it cannot be, or has another length, the slice was too small, and a wider one is taken.

**Parts.** What of a slice only the pipeline connects goes its own way from one position to the next. So what
the slice can be in is, at each position to which every part lets the pipeline come, any state of one with any
of another. Whether its last hop meets a hazard, what it meets of two versions, and whether all can be
complete, is asked of the parts, where the slice has more than a few states; if there is a hazard, which needs
a story, of the slice (`harmless`).

**What must happen.** Whether a state of the deployment hits a hazard, for a request that comes then and is
served at once, depends on kept variables only, and no instance is held between two events. By (1), each
complete run of the slice is one of the whole in which the others finish as well, and by the other direction
each of the whole is one of the slice. So `inevitable` and `for_ever` are the slice's own. `avoidable` asks
for all hazards at once (`avoidable`), residue for content with its writers (`residue`).

**What is not sliced.** `scope` refuses whatever it does not know by name, so that a word that is added to the
language is refused until someone has thought about it here.
"""
