#!/bin/bash
# Starts Dagster: the process with the definitions, the daemon that starts runs, and the page. If one ends, all end, and Docker
# starts the container again.
set -euo pipefail

here=/workspace/services/scheduler
export PATH=/opt/scheduler/bin:$PATH
cp "$here/dagster.yaml" "$DAGSTER_HOME/dagster.yaml"
dagster instance migrate >/dev/null # creates the databases; two processes that did that at once would damage them
python "$here/orchestration/after_restart.py"

python -m dagster api grpc --module-name orchestration.definitions --working-directory "$here" --host 127.0.0.1 --port 4266 --location-name loop &
dagster-daemon run --workspace "$here/workspace.yaml" &
dagster-webserver --workspace "$here/workspace.yaml" --host 0.0.0.0 --port 3000 --log-level warning &
wait -n
echo "scheduler: one of Dagster's processes ended" >&2
exit 1
