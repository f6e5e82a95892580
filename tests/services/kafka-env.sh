# Sourced by the kafka scripts: where things are. Not run by itself.
#   KAFKA_PORT          client port (9092); the controller listens on KAFKA_CONTROLLER_PORT (the next one)
#   FOLDLINE_SERVICES   folder of the servers' data (target/services of this repository)
#   FOLDLINE_JARS       folder of the downloaded jars, shared by checkouts (~/.cache/foldline-services)
KAFKA_VERSION=${KAFKA_VERSION:-4.3.1}
KAFKA_PORT=${KAFKA_PORT:-9092}
KAFKA_CONTROLLER_PORT=${KAFKA_CONTROLLER_PORT:-$((KAFKA_PORT + 1))}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
services=${FOLDLINE_SERVICES:-$here/../../target/services}
mkdir -p "$services"
run=$(cd "$services" && pwd)/kafka-$KAFKA_PORT
jars=${FOLDLINE_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/foldline-services}/kafka-$KAFKA_VERSION

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || {
    echo "error: \`$1\` is missing; kafka needs it" >&2
    echo "hint: install it (Debian: apt-get install $2; macOS: brew install $3), or test without servers: cargo xtask test --no-services" >&2
    exit 69
  }
}

get_jars() {
  need java openjdk-17-jre-headless openjdk
  mkdir -p "$jars"
  exec 8>"$jars/.lock"
  if command -v flock >/dev/null; then flock -w 600 8; fi
  if [ ! -f "$jars/.complete" ]; then
    need mvn maven maven
    cat > "$jars/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>foldline</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
 <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA_VERSION</version></dependency>
 <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$KAFKA_VERSION</version></dependency>
 <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.25.4</version></dependency>
 <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
</dependencies></project>
POM
    echo "downloading kafka $KAFKA_VERSION into $jars" >&2
    (cd "$jars" && mvn -q -B dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars/lib" >&2) || {
      echo "error: maven could not download kafka $KAFKA_VERSION" >&2
      echo "hint: see maven's message above; a mirror goes into ~/.m2/settings.xml" >&2
      exit 69
    }
    cat > "$jars/log4j2.properties" <<'LOG'
status = error
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
logger.start.name = kafka.server.KafkaRaftServer
logger.start.level = info
LOG
    touch "$jars/.complete"
  fi
  exec 8>&-
}
