#!/bin/bash
# Locks all requirements with hashes, for every platform. The development requirements are locked first and constrain the
# others, so the tests use the same versions as the images. Only Dagster's are on their own: they have their own environment,
# which exists only in the image.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() { # NAME PYTHON [OPTION…]
  uv pip compile --quiet --upgrade --universal --python-version "$2" --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links "${@:3}" "$1.in" --output-file "$1.txt"
}

lock requirements-dev 3.11
for name in services/trainer/requirements-cpu services/trainer/requirements-gpu services/api/requirements \
  services/scheduler/extras/yfinance; do
  lock "$name" 3.11 --constraints requirements-dev.txt
done
lock services/scheduler/requirements 3.13
