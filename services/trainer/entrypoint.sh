#!/bin/bash
# Runs a command in the bound working tree as the tree's owner, so that all it writes there belongs to that person.
#
#   entrypoint.sh COMMAND…       run it (make train: dvc repro); what trains holds the store's and the tree's lock
#   entrypoint.sh ensure-model   dvc repro if no model is published yet, else nothing (docker compose up)
#   entrypoint.sh data-add FILE  put FILE under DVC, and say what comes next
set -euo pipefail
umask 022 # the API reads the store as another user

say() { printf 'trainer: %s\n' "$*" >&2; }

become_owner() { # COMMAND…
  local owner group
  owner=$(stat -c %u .) group=$(stat -c %g .)
  if [[ -n $(find "$MODEL_STORE" ! -uid "$owner" -print -quit) ]]; then
    chown -R "$owner:$group" "$MODEL_STORE" || say "the model store cannot be given to user $owner, who owns the working tree"
  fi
  # the engine makes a missing DVC_REMOTE_DIR, and makes it root's
  if [[ $(stat -c %u dvc-remote 2>/dev/null) == 0 && -z $(ls -A dvc-remote) ]]; then
    chown "$owner:$group" dvc-remote
  fi
  if [[ $owner != 0 ]]; then
    exec setpriv --reuid "$owner" --regid "$group" --clear-groups --inh-caps=-all -- "$0" "$@"
  fi
}

hold() { # FILE COMMAND: lock FILE until all that this process starts have ended; fails, and sets holder, where another has it
  local descriptor
  : >>"$1" || exit 4
  exec {descriptor}<>"$1" # opened without being emptied: it names its holder
  if flock --timeout 1 "$descriptor"; then # who looks whether a trainer lives has it for a moment
    printf "'%s' in %s since %s" "$2" "$HOSTNAME" "$(date -u '+%F %T UTC')" >"$1" || true # on a full disk it stays nameless
  else
    holder=$(<"$1")
    return 1
  fi
}

hold_store() { # COMMAND
  hold "$MODEL_STORE/.trainer.lock" "$1"
}

hold_tree() { # COMMAND: two projects may have one tree; DVC's own lock names a process id, which means nothing in another container
  mkdir -p .dvc/tmp
  hold .dvc/tmp/trainer.lock "$1"
}

reproduce() { # dvc repro or dvc exp run, with its fate as the status; stages report themselves, this is for what DVC does around them
  local code=0 hint="the terminal or log of that run shows why" pointer problems stopped="" holder=""
  [[ -w $MODEL_STORE ]] || { say "the model store, $MODEL_STORE, cannot be written to"; exit 4; }
  hold_store "$*" || { say "already running: ${holder:-another trainer} holds this model store; wait until it has ended"; exit 3; }
  hold_tree "$*" || { say "already running: ${holder:-another trainer} holds this working tree; wait until it has ended"; exit 3; }
  for pointer in data/raw/*.dvc; do
    [[ ! -f $pointer || -e ${pointer%.dvc} ]] || { hint="${pointer%.dvc} is missing; 'make data-pull' brings it"; say "$hint"; }
  done
  python -m training.running.status running
  if ! problems=$(python -m training.params 2>&1); then
    say "$problems"
    python -m training.running.status failed "$problems"
    exit 1
  fi
  python -m training.running.dvc_recovery || true # what it cannot mend, DVC complains of itself
  trap 'stopped=1' INT TERM # the process group gets the signal, so DVC ends by itself
  "$@" || code=$?
  trap '' INT TERM
  if [[ $code == 0 ]]; then
    rm -rf checkpoints # not before DVC has noted that the training has ended
    python -m training.running.status done
  elif [[ -n $stopped ]]; then # the stage says the same, if it outlives DVC for long enough
    python -m training.running.status failed "it was stopped; 'make train' goes on from where it was"
  else
    python -m training.running.status failed "$1 $2 ended with exit status $code; $hint"
  fi
  exit "$code"
}

if [[ $(id -u) == 0 ]]; then
  become_owner "$@"
fi
if [[ ! -f dvc.yaml ]]; then
  say "$PWD holds no dvc.yaml; bind the repository's folder there, as docker-compose.yml does"
  exit 2
fi
if [[ ! -d .git ]]; then # an unpacked archive, or a git worktree whose repository lies elsewhere
  export DVC_GLOBAL_CONFIG_DIR=/etc/dvc-without-git
fi

case "$*" in
  ensure-model)
    if model=$(python -m training.store.versions served); then
      say "model $model is published; 'make train' retrains after a change of data or parameters"
    else
      reproduce dvc repro # trains what is not trained yet, and publishes again what is
    fi ;;
  "data-add "*)
    dvc add "$2" >/dev/null
    say "$2 is under DVC. To train on it: set load_data.path to $2 in params.yaml, then 'make train'."
    say "To keep it: git add data/raw params.yaml dvc.lock metrics, git commit, 'make data-push'." ;;
  dvc\ *)
    if [[ " $* " =~ \ (repro|exp\ run|experiments\ run|queue\ start)\  ]]; then
      reproduce "$@"
    fi
    exec "$@" ;;
  *) exec "$@" ;;
esac
