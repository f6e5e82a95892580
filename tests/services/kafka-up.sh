#!/usr/bin/env bash
# Starts a real Kafka broker (one node, on 127.0.0.1 only), and returns once it serves. Starting a running one is fine.
# Env: see kafka-env.sh, and
#   KAFKA_HEAP          memory (512m)
#   KAFKA_PARTITIONS    partitions of topics that do not say (4)
#   KAFKA_PROXIED_PORT, KAFKA_ADVERTISED_PORT
#                       a second port, whose clients are told to go on at the other one: a proxy's
#   KAFKA_OWNER         a process id: the broker goes, with its data, when that process has gone
set -euo pipefail
. "$(dirname "$0")/kafka-env.sh"
get_jars
mkdir -p "$run"
exec 9>"$run/.lock"
if command -v flock >/dev/null; then flock -w 300 9; fi
if [ -f "$run/pid" ] && kill -0 "$(cat "$run/pid")" 2>/dev/null; then
  echo "kafka is up already: 127.0.0.1:$KAFKA_PORT, process $(cat "$run/pid")"
  exit 0
fi
proxied= advertised= protocol=
if [ -n "${KAFKA_PROXIED_PORT:-}" ]; then
  proxied=,PROXIED://127.0.0.1:$KAFKA_PROXIED_PORT
  advertised=,PROXIED://127.0.0.1:$KAFKA_ADVERTISED_PORT
  protocol=,PROXIED:PLAINTEXT
fi
cat > "$run/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT$proxied
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT$advertised
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT$protocol
log.dirs=$run/data
num.partitions=${KAFKA_PARTITIONS:-4}
# As brokers come: that foldline creates no topic by accident must not rest on the broker.
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
# How often open transactions are looked at: tests wait for the end of one that has timed out.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
log.segment.bytes=268435456
CONF
java_options=(-Dlog4j2.configurationFile="$jars/log4j2.properties" -cp "$jars/lib/*")
if [ ! -f "$run/data/meta.properties" ]; then
  java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "${java_options[@]}" kafka.tools.StorageTool format \
    -t Zm9sZGxpbmUtdGVzdHMtMQ -c "$run/server.properties" > "$run/format.log" 2>&1 || { cat "$run/format.log" >&2; exit 1; }
fi
nohup java -Xms"${KAFKA_HEAP:-512m}" -Xmx"${KAFKA_HEAP:-512m}" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 \
  -Djava.awt.headless=true -Dkafka.logs.dir="$run" "${java_options[@]}" kafka.Kafka "$run/server.properties" \
  > "$run/server.log" 2>&1 9>&- < /dev/null &
broker=$!
echo "$broker" > "$run/pid"
if [ -n "${KAFKA_OWNER:-}" ]; then
  (
    while kill -0 "$KAFKA_OWNER" 2>/dev/null && kill -0 "$broker" 2>/dev/null; do sleep 0.5; done
    # A broker that was stopped by its owner keeps its data for the next start.
    kill -0 "$KAFKA_OWNER" 2>/dev/null || WIPE=1 "$here/kafka-down.sh"
  ) > /dev/null 2>&1 9>&- < /dev/null &
fi
for _ in $(seq 1 600); do
  kill -0 "$broker" 2>/dev/null || {
    echo "error: kafka ended while starting; the end of $run/server.log:" >&2
    tail -20 "$run/server.log" >&2
    rm -f "$run/pid"
    exit 1
  }
  if grep -q 'Kafka Server started' "$run/server.log" && (exec 3<> "/dev/tcp/127.0.0.1/$KAFKA_PORT") 2>/dev/null; then
    echo "kafka $KAFKA_VERSION is up: 127.0.0.1:$KAFKA_PORT, process $broker"
    exit 0
  fi
  sleep 0.2
done
echo "error: kafka did not start within 120 s; the end of $run/server.log:" >&2
tail -20 "$run/server.log" >&2
exit 1
