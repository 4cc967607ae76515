#!/bin/bash
# Runs a command in the working tree as the tree's owner, who then owns every file that it writes.
# `python -m training run --help` explains how the command runs.
set -euo pipefail
umask 022 # the API reads the store as a different user

say() { printf 'trainer: %s\n' "$*" >&2; }

become_owner() { # COMMAND…
  local owner group volume
  owner=$(stat -c %u .) group=$(stat -c %g .)
  for volume in "$MODEL_STORE" "${PRICE_STORE:-}" "${LEDGER:-}" "${DAGSTER_HOME:-}"; do
    if [[ -n $volume && -n $(find "$volume" ! -uid "$owner" -print -quit) ]]; then
      chown -R "$owner:$group" "$volume" || say "cannot give $volume to user $owner, the owner of the working tree"
    fi
  done
  # Docker creates a missing DVC_REMOTE_DIR as root.
  if [[ $(stat -c %u dvc-remote 2>/dev/null) == 0 && -z $(ls -A dvc-remote) ]]; then
    chown "$owner:$group" dvc-remote
  fi
  if [[ $owner != 0 ]]; then
    exec setpriv --reuid "$owner" --regid "$group" --clear-groups --inh-caps=-all -- "$0" "$@"
  fi
}

if [[ $(id -u) == 0 ]]; then
  become_owner "$@"
fi
if [[ ! -f dvc.yaml ]]; then
  say "$PWD has no dvc.yaml; mount the repository's folder there, as docker-compose.yml does"
  exit 2
fi
exec python -m training run "$@"
