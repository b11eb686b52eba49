#!/bin/sh
# What `make demo` shows: Spryker Cloud Commerce OS, one release as they are. Run it from the root.
set -eu
sccos=examples/sccos

skewproof check "$sccos/deployment.yaml" --changes "$sccos/releases/realistic.yaml" --stories 4 && status=0 || status=$?
if [ "$status" -ne 1 ]; then # 1 is the verdict of this release; anything else is a fault of ours
    echo "demo: expected the verdict unsafe (exit status 1), got $status" >&2
    exit 1
fi

echo
skewproof diagram "$sccos/deployment.yaml" --changes "$sccos/releases/realistic.yaml" -o diagrams-out >/dev/null
echo "The architecture at each step, and each story, drawn: diagrams-out/*.svg"
skewproof report "$sccos/deployment.yaml" --changes "$sccos/releases/realistic.yaml" -o diagrams-out/report.html >/dev/null
echo "The same, explained in one page to open in a browser:     diagrams-out/report.html"
