#!/usr/bin/env bash
# Starts a real Kafka broker (one node, on 127.0.0.1 only), and returns once it serves. Starting a running one is fine.
# Env: see kafka-env.sh, and
#   KAFKA_HEAP          memory (512m)
#   KAFKA_PARTITIONS    partitions of topics that do not say (4)
#   KAFKA_PROXIED_PORT, KAFKA_ADVERTISED_PORT
#                       a second port, whose clients are told to go on at the other one: a proxy's
#   KAFKA_SECURITY      a folder of certificates; then there are ports besides that speak TLS (KAFKA_PORT stays as it is):
#   KAFKA_SASL_PORT       TLS and SASL (PLAIN, SCRAM, OAUTHBEARER with tokens that nobody signed); the user foldline, KAFKA_PASSWORD
#   KAFKA_MUTUAL_PORT     TLS that asks for a client's certificate
#   KAFKA_EXPIRED_PORT    TLS under a certificate that has expired
#   KAFKA_ELSEWHERE_PORT  TLS under another machine's certificate
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
secured=() scram=()
if [ -n "${KAFKA_SECURITY:-}" ]; then
  pem() { # LISTENER NAME: under which certificate it speaks
    secured+=("listener.name.$1.ssl.keystore.type=PEM" "listener.name.$1.ssl.keystore.location=$KAFKA_SECURITY/$2.pem")
  }
  for listener in SECURED:$KAFKA_SASL_PORT MUTUAL:$KAFKA_MUTUAL_PORT EXPIRED:$KAFKA_EXPIRED_PORT ELSEWHERE:$KAFKA_ELSEWHERE_PORT; do
    proxied+=,${listener%:*}://127.0.0.1:${listener#*:}
    advertised+=,${listener%:*}://127.0.0.1:${listener#*:}
  done
  protocol+=,SECURED:SASL_SSL,MUTUAL:SSL,EXPIRED:SSL,ELSEWHERE:SSL
  pem secured server; pem mutual server; pem expired expired; pem elsewhere elsewhere
  jaas=org.apache.kafka.common.security
  secured+=(
    listener.name.mutual.ssl.client.auth=required
    listener.name.mutual.ssl.truststore.type=PEM
    "listener.name.mutual.ssl.truststore.location=$KAFKA_SECURITY/ca.crt"
    sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
    "listener.name.secured.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule required user_foldline=\"$KAFKA_PASSWORD\";"
    "listener.name.secured.scram-sha-256.sasl.jaas.config=$jaas.scram.ScramLoginModule required;"
    "listener.name.secured.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule required;"
    "listener.name.secured.oauthbearer.sasl.jaas.config=$jaas.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";"
  )
  for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
    scram+=(--add-scram "$mechanism=[name=foldline,password=$KAFKA_PASSWORD]")
  done
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
printf '%s\n' ${secured[@]+"${secured[@]}"} >> "$run/server.properties"
java_options=(-Dlog4j2.configurationFile="$jars/log4j2.properties" -cp "$jars/lib/*")
if [ ! -f "$run/data/meta.properties" ]; then
  java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "${java_options[@]}" kafka.tools.StorageTool format \
    -t Zm9sZGxpbmUtdGVzdHMtMQ -c "$run/server.properties" ${scram[@]+"${scram[@]}"} > "$run/format.log" 2>&1 || { cat "$run/format.log" >&2; exit 1; }
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
