#!/usr/bin/env bash
# Runs one of Kafka's own tools: kafka-tool.sh topics|producer|consumer|offsets|transactions|delete-records|CLASS ARGS…
# Env: see kafka-env.sh.
set -euo pipefail
. "$(dirname "$0")/kafka-env.sh"
get_jars
tool=$1
shift
case $tool in
  topics) class=TopicCommand ;;
  producer) class=ConsoleProducer ;;
  consumer) class=consumer.ConsoleConsumer ;;
  offsets) class=GetOffsetShell ;;
  transactions) class=TransactionsCommand ;;
  delete-records) class=DeleteRecordsCommand ;;
  *) class=$tool ;;
esac
exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$jars/log4j2.properties" \
  -cp "$jars/lib/*" "org.apache.kafka.tools.$class" "$@"
