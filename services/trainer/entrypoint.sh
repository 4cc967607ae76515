#!/bin/bash
# Runs a command in the bound working tree as the tree's owner, so that all it writes there belongs to that person.
#
#   entrypoint.sh COMMAND…       run it (make train: dvc repro)
#   entrypoint.sh ensure-model   dvc repro if no model is published yet, else nothing (docker compose up)
#   entrypoint.sh data-add FILE  put FILE under DVC, and say what comes next
set -euo pipefail
umask 022 # the API reads the store as another user

say() { printf 'trainer: %s\n' "$*" >&2; }

owner=$(stat -c %u /workspace) group=$(stat -c %g /workspace)
if [[ $(id -u) == 0 ]]; then
  if [[ $(stat -c %u "$MODEL_STORE") != "$owner" ]]; then
    chown -R "$owner:$group" "$MODEL_STORE"
  fi
  # the engine makes a missing DVC_REMOTE_DIR, and makes it root's
  if [[ $(stat -c %u dvc-remote 2>/dev/null) == 0 && -z $(ls -A dvc-remote) ]]; then
    chown "$owner:$group" dvc-remote
  fi
  if [[ $owner != 0 ]]; then
    exec setpriv --reuid "$owner" --regid "$group" --clear-groups --inh-caps=-all -- "$0" "$@"
  fi
fi

if [[ ! -f /workspace/dvc.yaml ]]; then
  say "/workspace holds no dvc.yaml; bind the repository's folder there, as docker-compose.yml does"
  exit 2
fi
if [[ ! -d .git ]]; then # an unpacked archive, or a git worktree whose repository lies elsewhere
  export DVC_GLOBAL_CONFIG_DIR=/etc/dvc-without-git
fi

if [[ ${1:-} == ensure-model ]]; then
  if [[ -s $MODEL_STORE/CURRENT ]]; then
    say "model $(<"$MODEL_STORE/CURRENT") is published; 'make train' retrains after a change of data or parameters"
    exit 0
  fi
  say "no model is published yet; training one"
  set -- dvc repro
fi

if [[ ${1:-} == data-add ]]; then
  dvc add --quiet "$2"
  say "$2 is under DVC. To train on it: set load_data.path to $2 in params.yaml, then 'make train'."
  say "To keep it: git add $2.dvc data/raw/.gitignore params.yaml dvc.lock metrics, git commit, 'make data-push'."
  exit 0
fi

if [[ "$*" == "dvc repro"* ]]; then
  # Stages report themselves; this is for what DVC does around them, such as to miss a data file before the first.
  code=0
  python -m training.status running
  "$@" || code=$?
  case $code in
    0) python -m training.status done ;;
    *) python -m training.status failed "dvc repro ended with exit status $code; the trainer's log shows why" ;;
  esac
  exit "$code"
fi
exec "$@"
