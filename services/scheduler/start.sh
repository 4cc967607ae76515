#!/bin/bash
# Starts Dagster: the process with the definitions, the daemon that starts runs, and the page. If one ends, all end, and Docker
# starts the container again.
set -euo pipefail

here=/workspace/services/scheduler
export PATH=/opt/scheduler/bin:$PATH
cp "$here/dagster.yaml" "$DAGSTER_HOME/dagster.yaml"
# Creates or upgrades the databases. Two processes that did that at once would damage them.
dagster instance migrate >/tmp/migrate.log 2>&1 || { cat /tmp/migrate.log >&2; exit 1; }
python "$here/orchestration/old_runs.py"

python -m dagster api grpc --module-name orchestration.definitions --working-directory "$here" --host 127.0.0.1 --port 4266 \
  --location-name loop --log-level warning &
until (: >/dev/tcp/127.0.0.1/4266) 2>/dev/null; do # the others would fill the log with their failed attempts
  kill -0 $! || exit 1
  sleep 0.2
done
dagster-daemon run --workspace "$here/workspace.yaml" --log-level warning &
dagster-webserver --workspace "$here/workspace.yaml" --host 0.0.0.0 --port 3000 --log-level warning &
wait -n
echo "scheduler: one of Dagster's processes ended" >&2
exit 1
