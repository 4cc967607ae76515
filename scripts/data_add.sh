#!/bin/bash
# Puts a CSV under DVC: copies it to data/raw/ unless it lies there, and lets the trainer's DVC take it.
#
#   scripts/data_add.sh path/to/prices.csv
set -euo pipefail
cd "$(dirname "$0")/.."

file=${1:-}
file=${file/#\~\//$HOME/} # some shells leave the tilde of FILE=~/… to us
if [[ ! -f $file ]]; then
  echo "make data-add FILE=path/to/prices.csv: '$file' is no file" >&2
  exit 2
fi
target=data/raw/$(basename -- "$file")
if [[ ! $file -ef $target && -e $target ]] && ! cmp -s -- "$file" "$target"; then
  echo "$target is there already, with other content. Rename your file, or write over it yourself first: cp '$file' '$target'" >&2
  exit 2
fi
if git ls-files --error-unmatch -- "$target" >/dev/null 2>&1; then
  echo "$target is kept by git; to add it again under DVC would only make two owners of it" >&2
  exit 2
fi
[[ -e $target ]] || cp -- "$file" "$target"
exec docker compose run --rm --build trainer data-add "$target"
