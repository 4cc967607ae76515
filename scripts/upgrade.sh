#!/bin/bash
# Brings a clone to the newest version of its branch and restarts the stack. Your settings (changed files that git tracks) are
# kept. If they don't fit the new version, or if it can't be built or trained, everything stays as it was.
#
#   scripts/upgrade.sh
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(git rev-parse HEAD)
settings=''  # a commit with your changes of files that git tracks
profiles=()  # those that run
loop=''      # set if the loop runs
complete=''

say() { printf 'upgrade: %s\n' "$*" >&2; }

running() { [[ -n $(docker compose --profile '*' ps --quiet "$1" 2>/dev/null) ]]; }

put_back() {
  git rebase --abort >/dev/null 2>&1 || true
  git reset --quiet --hard "$before"
  if [[ -n $settings ]]; then
    git stash apply --quiet "$settings"
    git stash drop --quiet
  fi
  if [[ -n $loop ]]; then docker compose --profile loop start scheduler; fi
  say "not upgraded: the code and your settings are as before, and the old version goes on serving"
}

at_exit() {
  local status=$?
  if [[ -z $complete ]]; then
    trap '' INT TERM
    put_back
    exit $((status ? status : 1))
  fi
}

pull() {
  settings=$(git stash create)
  if [[ -n $settings ]]; then
    git stash store --quiet --message 'make upgrade' "$settings" # nothing is lost even if this script is killed
    git reset --quiet --hard
  fi
  git pull --quiet --rebase
  if [[ -n $settings ]] && ! git stash apply --quiet "$settings" >/dev/null 2>&1; then
    local unfit
    unfit=$(git diff --name-only --diff-filter=U)
    say "your changes of ${unfit//$'\n'/, } don't fit the new version; see what changed there" \
      "(git diff HEAD @{upstream}), undo yours, run 'make upgrade', and make them again"
    return 1
  fi
  if [[ $(git rev-parse HEAD) == "$before" ]]; then
    say "this is already the newest version"
  else
    git --no-pager log --oneline --no-decorate "$before.." >&2
  fi
}

train_if_needed() {
  if docker compose run --rm trainer python -m training served >/dev/null 2>&1; then return; fi
  say "the new version needs a new model; the old version goes on serving until it is trained"
  if [[ -n $loop ]]; then
    docker compose --profile loop run --rm scheduler python -m forecast_loop retrain
  else
    docker compose run --rm trainer ensure-model
  fi
}

main() {
  if git stash list | grep -q ': make upgrade$'; then
    say "an upgrade was killed before; see whether your settings are still there (git diff). If not, bring them back" \
      "(git stash pop), else forget the copy (git stash drop); then run 'make upgrade' again, and 'make follow' for the loop"
    exit 1
  fi
  trap at_exit EXIT
  if running prometheus; then profiles+=(--profile monitoring); fi
  if running scheduler; then
    loop=yes profiles+=(--profile loop)
    docker compose --profile loop stop scheduler # it runs the code in this folder; it will catch up
  fi
  pull
  docker compose "${profiles[@]}" build
  train_if_needed
  complete=yes
  if [[ -n $settings ]]; then git stash drop --quiet; fi
  docker compose "${profiles[@]}" up --detach
}

main # a function, because bash reads a script while it runs, and the pull may replace this file
exit
