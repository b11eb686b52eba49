#!/usr/bin/env bash
# What the versions run in: a Python environment for each, and the storefront's packages.
set -euo pipefail
cd "$(dirname "$0")"

for version in v1 v2; do
    ready=".environments/$version/ready"
    if ! cmp --silent "$version/requirements.txt" "$ready"; then
        python3 -m venv --clear ".environments/$version"
        ".environments/$version/bin/pip" install --quiet -r "$version/requirements.txt"
        cp "$version/requirements.txt" "$ready"
    fi
done
[ -d node_modules/redis ] || npm install --silent --no-audit --no-fund --no-package-lock
