#!/bin/bash
# Resolves every requirements.in to a locked file with hashes, for every platform. The development file is resolved
# first and binds the others, so that the tests run on the very versions that the images have.
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
