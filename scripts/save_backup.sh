#!/bin/bash
# Saves what a command of a service writes to a file. An existing file is replaced only by a complete backup.
#
#   scripts/save_backup.sh models.tar trainer python -m training backup
set -euo pipefail

file=${1:-}
if [[ -z $file || -d $file ]]; then
  echo "FILE must name a file, as in FILE=backup.tar" >&2
  exit 2
fi
part=$(mktemp -- "$file.XXXXXX")
trap 'rm -f -- "$part"' EXIT
docker compose --progress quiet run --rm --no-TTY "${@:2}" >"$part"
chmod 644 -- "$part"
mv -T -- "$part" "$file"
