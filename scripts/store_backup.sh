#!/bin/bash
# Writes the models of the store into a file, whole or not at all: an earlier backup of that name stays until then.
#
#   scripts/store_backup.sh models.tar
set -euo pipefail

file=${1:-}
if [[ -z $file || -d $file ]]; then
  echo "make backup FILE=models.tar: name a file" >&2
  exit 2
fi
part=$(mktemp -- "$file.XXXXXX")
trap 'rm -f -- "$part"' EXIT
docker compose --progress quiet run --rm --no-TTY trainer python -m training.store.backup save >"$part"
chmod 644 -- "$part"
mv -T -- "$part" "$file"
