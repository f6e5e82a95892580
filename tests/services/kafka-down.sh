#!/usr/bin/env bash
# Stops the broker that kafka-up.sh started on KAFKA_PORT. WIPE=1 removes its data too. Env: see kafka-env.sh.
set -euo pipefail
. "$(dirname "$0")/kafka-env.sh"
if [ -f "$run/pid" ]; then
  broker=$(cat "$run/pid")
  kill "$broker" 2>/dev/null || true
  for _ in $(seq 1 150); do
    kill -0 "$broker" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$broker" 2>/dev/null; then kill -9 "$broker"; fi
  rm -f "$run/pid"
  echo "kafka on $KAFKA_PORT stopped"
else
  echo "kafka on $KAFKA_PORT is not running"
fi
if [ "${WIPE:-0}" = 1 ]; then rm -rf "$run"; fi
