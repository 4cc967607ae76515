#!/bin/bash
# Locks all requirements with hashes, for every platform. The development requirements are locked first and constrain the
# others, so the tests use the same versions as the images.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # NAME [OPTION…]
  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links "${@:2}" "$1.in" --output-file "$1.txt"
}

lock requirements-dev
for name in services/trainer/requirements-cpu services/trainer/requirements-gpu services/api/requirements; do
  lock "$name" --constraints requirements-dev.txt
done
