"""How bad: how many requests fail while a rollout is under way (`skewproof exposure`).

The rollout is a continuous-time Markov chain: each event of a move that can happen has a clock of its own,
exponential with the mean that `durations` gives, and what takes no time happens at once, all of it equally
likely. Requests come at the rates of `traffic` (Poisson) and are quick: all hops in one state. At each hop
every instance that can take the call is picked equally often, and every form that lies there is found equally
often. A request that fails ends there.

So the expected number of failures is the sum over states of the expected time there times the rate at which
requests fail there. The expected times are one pass over the states where these have no circle, in fractions;
where they have one, a linear system for each circle, in fractions too (Kemeny, Snell, "Finite Markov Chains",
1960). The probability that nobody is hit is one pass backwards. The worst moment is found on the distribution
over time by uniformisation (Jensen, 1953; Stewart, "Introduction to the Numerical Solution of Markov Chains",
1994), in floating point.

A rollout with many states is taken apart (`stays`): while the pipeline stands still, what no event joins
moves independently. Where each of these clusters comes to rest in one state, and the pipeline waits for that,
the stays are independent of each other, and what is expected in each is an integral over time of what the
clusters that a request looks at do (`apart`, `paths`). Where they are not, the whole is listed, as far as
the limits go. Requests that take time (`durations: {hop: 2s}`) are walkers in the whole (`slow`), and bounded
where that is too large (`bounded`).

Not counted, and told: requests without a rate, events of the traffic without one (messages used up, entries
that expire, leaders, restarts), hazards of what depends on those, and what can be met for ever once the
rollout is over, which is a rate and no number.
"""
