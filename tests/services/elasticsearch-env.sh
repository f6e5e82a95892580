# Sourced by the elasticsearch scripts: where things are. Not run by itself.
#   ES_PORT             port of its HTTP interface (9200); nodes would talk on ES_TRANSPORT_PORT (100 more)
#   ES_VERSION          8.19.21
#   FOLDLINE_SERVICES   folder of the servers' data (target/services of this repository)
#   FOLDLINE_JARS       folder of the downloaded servers, shared by checkouts (~/.cache/foldline-services)
# Elasticsearch does not run as root. Started by root it runs as ES_USER (nobody), who cannot see root's home: both folders
# are then below /var/tmp/foldline-services.
ES_VERSION=${ES_VERSION:-8.19.21}
ES_PORT=${ES_PORT:-9200}
ES_TRANSPORT_PORT=${ES_TRANSPORT_PORT:-$((ES_PORT + 100))}
ES_USER=${ES_USER:-nobody}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "$(id -u)" = 0 ]; then
  services=/var/tmp/foldline-services/run
  servers=/var/tmp/foldline-services
  as_user=(setpriv "--reuid=$ES_USER" "--regid=$(id -g "$ES_USER")" --clear-groups)
else
  services=${FOLDLINE_SERVICES:-$here/../../target/services}
  servers=${FOLDLINE_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/foldline-services}
  as_user=()
fi
mkdir -p "$services" "$servers"
run=$(cd "$services" && pwd)/elasticsearch-$ES_PORT
home=$servers/elasticsearch-$ES_VERSION

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null || {
    echo "error: \`$1\` is missing; elasticsearch needs it" >&2
    echo "hint: install it (Debian: apt-get install $2; macOS: brew install $3), or test without servers: cargo xtask test --no-services" >&2
    exit 69
  }
}

# The distribution that Elasticsearch publishes for integration tests: the server without its bundled modules.
get_server() {
  need java openjdk-17-jre-headless openjdk
  exec 8>"$servers/.elasticsearch.lock"
  if command -v flock >/dev/null; then flock -w 600 8; fi
  if [ ! -f "$home/.complete" ]; then
    need mvn maven maven
    local download=$servers/elasticsearch-download
    rm -rf "$download" "$home"
    mkdir -p "$download"
    cat > "$download/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>foldline</groupId><artifactId>elasticsearch-for-tests</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
 <dependency><groupId>org.elasticsearch.distribution.integ-test-zip</groupId><artifactId>elasticsearch</artifactId><version>$ES_VERSION</version><type>zip</type></dependency>
</dependencies></project>
POM
    echo "downloading elasticsearch $ES_VERSION into $home" >&2
    (cd "$download" && mvn -q -B dependency:unpack-dependencies -DexcludeTransitive=true -DoutputDirectory="$download/unpacked" >&2) || {
      echo "error: maven could not download elasticsearch $ES_VERSION" >&2
      echo "hint: see maven's message above; a mirror goes into ~/.m2/settings.xml" >&2
      exit 69
    }
    mv "$download/unpacked/elasticsearch-$ES_VERSION" "$home"
    chmod -R a+rX "$home"
    chmod a+x "$home"/bin/*
    rm -rf "$download"
    touch "$home/.complete"
  fi
  exec 8>&-
}
