#!/usr/bin/env bash
# Starts a real Elasticsearch (one node, on 127.0.0.1 only), and returns once it listens. Starting a running one is fine.
# Env: see elasticsearch-env.sh, and
#   ES_HEAP             memory (512m)
#   ES_PASSWORD         turns security on: the password of the user `elastic`
#   ES_CERTIFICATES     then TLS, too: a folder with server.crt and server.key
#   ES_OWNER            a process id: the server goes, with its data, when that process has gone
set -euo pipefail
. "$(dirname "$0")/elasticsearch-env.sh"
get_server
mkdir -p "$run"
exec 9>"$run/.lock"
if command -v flock >/dev/null; then flock -w 300 9; fi
if [ -f "$run/pid" ] && kill -0 "$(cat "$run/pid")" 2>/dev/null; then
  echo "elasticsearch is up already: 127.0.0.1:$ES_PORT, process $(cat "$run/pid")"
  exit 0
fi
rm -f "$run/pid"
mkdir -p "$run/config/jvm.options.d" "$run/data" "$run/logs" "$run/tmp" "$run/snapshots"
cp -r "$home/config/." "$run/config/"
security=false
tls=false
if [ -n "${ES_PASSWORD:-}" ]; then security=true; fi
if [ -n "${ES_CERTIFICATES:-}" ]; then
  tls=true
  cp "$ES_CERTIFICATES/server.crt" "$ES_CERTIFICATES/server.key" "$run/config/"
fi
cat > "$run/config/elasticsearch.yml" <<CONF
cluster.name: foldline-tests
node.name: one
discovery.type: single-node
network.host: 127.0.0.1
http.port: $ES_PORT
transport.port: $ES_TRANSPORT_PORT
path.data: $run/data
path.logs: $run/logs
path.repo: $run/snapshots
xpack.security.enabled: $security
xpack.security.enrollment.enabled: false
xpack.security.http.ssl.enabled: $tls
xpack.security.transport.ssl.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
# As small servers are: a document beyond it is refused with 413.
http.max_content_length: 8mb
CONF
if [ "$tls" = true ]; then
  printf 'xpack.security.http.ssl.%s\n' 'certificate: server.crt' 'key: server.key' >> "$run/config/elasticsearch.yml"
fi
heap=${ES_HEAP:-512m}
printf -- '-Xms%s\n-Xmx%s\n-XX:-HeapDumpOnOutOfMemoryError\n' "$heap" "$heap" > "$run/config/jvm.options.d/tests.options"
if [ "$(id -u)" = 0 ]; then chown -R "$ES_USER" "$run"; fi
ES_JAVA_HOME=${ES_JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
export ES_JAVA_HOME ES_PATH_CONF=$run/config ES_TMPDIR=$run/tmp HOME=$run
if [ "$security" = true ] && [ ! -f "$run/config/elasticsearch.keystore" ]; then
  "${as_user[@]}" "$home/bin/elasticsearch-keystore" create > /dev/null
  printf '%s' "$ES_PASSWORD" | "${as_user[@]}" "$home/bin/elasticsearch-keystore" add -x -f bootstrap.password > /dev/null
fi
(
  cd "$run"
  exec nohup "${as_user[@]}" "$home/bin/elasticsearch" -p "$run/pid" > "$run/server.log" 2>&1 9>&- < /dev/null
) &
launcher=$!
if [ -n "${ES_OWNER:-}" ]; then
  (
    while kill -0 "$ES_OWNER" 2>/dev/null && kill -0 "$launcher" 2>/dev/null; do sleep 0.5; done
    # A server that was stopped by its owner keeps its data for the next start.
    kill -0 "$ES_OWNER" 2>/dev/null || WIPE=1 "$here/elasticsearch-down.sh"
  ) > /dev/null 2>&1 9>&- < /dev/null &
fi
for _ in $(seq 1 900); do
  kill -0 "$launcher" 2>/dev/null || {
    echo "error: elasticsearch ended while starting; the end of $run/server.log:" >&2
    tail -20 "$run/server.log" >&2
    exit 1
  }
  if [ -s "$run/pid" ] && (exec 3<> "/dev/tcp/127.0.0.1/$ES_PORT") 2>/dev/null; then
    echo "elasticsearch $ES_VERSION is up: 127.0.0.1:$ES_PORT, process $(cat "$run/pid")"
    exit 0
  fi
  sleep 0.2
done
echo "error: elasticsearch did not start within 180 s; the end of $run/server.log:" >&2
tail -20 "$run/server.log" >&2
kill "$launcher" 2>/dev/null || true
exit 1
