#!/bin/bash
# Brings a clone to the newest version of its branch and restarts the stack. Your settings (changed files that git tracks) are
# kept. If they don't fit the new version, or if it can't be built or trained, everything stays as it was.
#
#   scripts/upgrade.sh
set -euo pipefail
cd "$(dirname "$0")/.."

before=$(git rev-parse HEAD)
settings='' # a commit with your changes of files that git tracks
profiles=() # those that run
loop=''     # set if the loop runs
pulling=''  # set once this folder may have changed
complete=''

say() { printf 'upgrade: %s\n' "$*" >&2; }

running() { [[ -n $(docker compose --profile '*' ps --quiet "$1" 2>/dev/null) ]]; }

put_back() {
  if [[ -n $pulling ]]; then
    git rebase --abort >/dev/null 2>&1 || true
    git reset --quiet --hard "$before" || return
    if [[ -n $settings ]]; then
      git stash apply --quiet "$settings" || return
      git stash drop --quiet
    fi
  fi
  if [[ -n $loop ]]; then
    docker compose --profile loop stop scheduler || true # waits if it is still stopping
    docker compose --profile loop start scheduler || return
  fi
}

at_exit() {
  local status=$?
  if [[ -z $complete ]]; then
    trap '' INT TERM HUP
    if put_back; then
      say "not upgraded: the code and your settings are as before, and the old version goes on serving"
    else
      say "not upgraded, and not everything could be put back (see above). Your settings are in 'git stash list';" \
        "the version before was $before. If the loop ran, start it with 'make follow'"
    fi
    exit $((status ? status : 1))
  fi
}

refuse() {
  say "$*"
  exit 1
}

check_folder() {
  local state
  for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
    [[ ! -e $(git rev-parse --git-path "$state") ]] ||
      refuse "a merge or a rebase isn't finished (git status); finish or abort it, then run 'make upgrade' again"
  done
  [[ -z $(git diff --name-only --diff-filter=U) ]] ||
    refuse "some files have conflicts (git status); resolve them, 'git add' them, then run 'make upgrade' again"
  git rev-parse --quiet --verify '@{upstream}' >/dev/null 2>&1 ||
    refuse "this folder isn't on a branch that can be pulled (git status); usually, 'git checkout main' brings it there"
  ! git stash list | grep -q ': make upgrade$' ||
    refuse "an upgrade was killed before; see whether your settings are still there (git diff). If not, bring them back" \
      "(git stash pop), else forget the copy (git stash drop); then run 'make upgrade' again, and 'make follow' for the loop"
}

# Files that git ignores would be overwritten without a word.
check_new_files() {
  local name
  while IFS= read -r -d '' name; do
    [[ ! -e $name ]] || refuse "the new version has a file $name, and so do you; rename yours, then run 'make upgrade' again"
  done < <(git diff --name-only -z --diff-filter=A 'HEAD...@{upstream}')
}

pull() {
  settings=$(git stash create)
  # Nothing is lost even if this script is killed.
  [[ -z $settings ]] || git stash store --quiet --message 'make upgrade' "$settings"
  pulling=yes
  git reset --quiet --hard
  if ! git rebase --quiet '@{upstream}' >/dev/null 2>&1; then
    say "commits of your own don't fit the new version: 'git pull --rebase' shows where; resolve that, then run 'make upgrade' again"
    return 1
  fi
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
    git --no-pager log --oneline --no-decorate "$before..@{upstream}" >&2
  fi
}

served() { docker compose run --rm trainer python -m training served >/dev/null; }

train_if_needed() {
  if served; then return; fi
  say "the new version needs a new model; the old version goes on serving until it is trained"
  if [[ -n $loop ]]; then
    docker compose --profile loop run --rm scheduler python -m forecast_loop retrain
  else
    docker compose run --rm trainer ensure-model
  fi
  served || refuse "no model can be served by the new version, see above; for example, the new model may have been rolled back before"
}

restart() {
  local second
  docker compose "${profiles[@]}" up --detach || return
  for second in {1..60}; do
    if docker compose ps api | grep -q '(healthy)'; then return; fi
    sleep 1
  done
  return 1
}

main() {
  exec 9>"$(git rev-parse --git-path upgrade.lock)"
  flock --nonblock 9 || refuse "another 'make upgrade' is running in this folder"
  check_folder
  git fetch --quiet || refuse "the new version can't be fetched, see above; nothing was changed"
  check_new_files
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
  restart || refuse "the new version is in this folder, but it didn't start well: see above, and 'docker compose logs api'." \
    "To go back: git stash; git reset --hard $before; git stash pop; make up"
}

main # a function, because bash reads a script while it runs, and the pull may replace this file
exit
