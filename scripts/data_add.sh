#!/bin/bash
# Adds a price file to DVC: copies it to data/raw/ unless it is already there, and runs DVC in the trainer's container.
#
#   scripts/data_add.sh path/to/prices.csv
set -euo pipefail
cd "$(dirname "$0")/.."

file=${1:-}
file=${file/#\~\//$HOME/} # some shells don't expand the tilde in FILE=~/…
if [[ ! -f $file ]]; then
  echo "make data-add FILE=path/to/prices.csv: '$file' is not a file" >&2
  exit 2
fi
target=data/raw/$(basename -- "$file")
if [[ ! $file -ef $target && -e $target ]] && ! cmp -s -- "$file" "$target"; then
  echo "$target exists with different content. Rename your file, or overwrite $target first: cp '$file' '$target'" >&2
  exit 2
fi
if git ls-files --error-unmatch -- "$target" >/dev/null 2>&1; then
  echo "git already tracks $target, so DVC cannot track it. Rename your file" >&2
  exit 2
fi
[[ -e $target ]] || cp -- "$file" "$target"
exec docker compose run --rm --build trainer data-add "$target"
