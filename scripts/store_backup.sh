#!/bin/bash
# Saves the store's models to a file. An existing file is replaced only by a complete backup.
#
#   scripts/store_backup.sh models.tar
set -euo pipefail

file=${1:-}
if [[ -z $file || -d $file ]]; then
  echo "make backup FILE=models.tar: FILE must name a file" >&2
  exit 2
fi
part=$(mktemp -- "$file.XXXXXX")
trap 'rm -f -- "$part"' EXIT
docker compose --progress quiet run --rm --no-TTY trainer python -m training backup >"$part"
chmod 644 -- "$part"
mv -T -- "$part" "$file"
