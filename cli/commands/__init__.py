"""The commands, a module each, imported when it is called: the help of one needs no other.

A new command is a module here whose click command is named like it (with `_` behind it where Python has a
keyword of that name), and a line in `COMMANDS`.
"""

from __future__ import annotations

COMMANDS = {
    "init": "Write a first deployment file: from manifests where there are some, else one to change.",
    "check": "Judge the deployment in FILE: a proof, or the shortest story of each hazard.",
    "watch": "Judge FILE again whenever it changes, as `check` does.",
    "gate": "Say whether a rollout that stands as STATE says is safe to go on with, and to take back.",
    "conform": "Say whether LOG, of what a real rollout did, is a run of the deployment in FILE.",
    "plan": "Find the fewest waves in which the release in FILE is safe, or why no order is.",
    "exposure": "Say how many requests are expected to fail during the rollout in FILE...",
    "verify": "Check that a certificate proves the deployment in FILE safe, without trust in its maker.",
    "space": "Count the states, transitions and interleavings of the rollout in FILE.",
    "diagram": "Draw FILE into DIR: architecture and stories; lanes, maps, proof, moments, film and more.",
    "export": "Write the deployment in FILE for another tool: Spin (Promela), Graphviz (DOT), GraphML.",
    "report": "Explain the verdict on FILE in one HTML file that needs no network.",
    "explain": "Say what a kind of hazard is (SKW101), or one hazard of FILE, and what usually helps.",
    "fix": "Find the cheapest plans that make FILE safe, each checked whole, and write one of them.",
    "explore": "Walk through the rollout in FILE, event by event, in one HTML file.",
    "learn": "Learn what breaks by running the real versions that MODULE:CLASS starts.",
    "harness": "Run the real versions of an application under a rollout; a first test, from Compose.",
    "import": "Write a deployment file from manifests: Compose, Kubernetes, Argo and others.",
    "derive": "Derive what a release changes from the contracts that a team has, at two revisions.",
    "require": "Say which versions can meet at each contract of FILE, so what must be compatible.",
    "hunt": "Find request paths that FILE does not declare and that would be unsafe.",
    "compare": "Set the deployments in FILE... side by side: what is open in each, for how many steps.",
    "lint": "Tell what FILE says that can hardly be meant.",
    "diff": "Tell what is wrong in HEAD and was not in BASE: new, fixed and unchanged causes.",
    "baseline": "Write the hazards that FILE has now as accepted ones, to hear of new ones alone.",
    "config": "Show the settings that hold for COMMAND, and where each is from.",
    "schema": "Print the JSON Schema of a deployment file, for editors.",
    "completion": "Print what makes a shell complete commands, options and files.",
}
"""Each command's name and, for the list of them all, what it does in a line."""
