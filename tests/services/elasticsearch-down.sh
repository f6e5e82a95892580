#!/usr/bin/env bash
# Stops the server that elasticsearch-up.sh started on ES_PORT. WIPE=1 removes its data too. Env: see elasticsearch-env.sh.
set -euo pipefail
. "$(dirname "$0")/elasticsearch-env.sh"
if [ -f "$run/pid" ]; then
  server=$(cat "$run/pid")
  # Data that goes anyway needs no orderly end.
  if [ "${WIPE:-0}" = 1 ]; then kill -9 "$server" 2>/dev/null || true; else kill "$server" 2>/dev/null || true; fi
  for _ in $(seq 1 150); do
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$server" 2>/dev/null; then kill -9 "$server"; fi
  rm -f "$run/pid"
  echo "elasticsearch on $ES_PORT stopped"
else
  echo "elasticsearch on $ES_PORT is not running"
fi
if [ "${WIPE:-0}" = 1 ]; then rm -rf "$run"; fi
