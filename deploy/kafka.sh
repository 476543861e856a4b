#!/usr/bin/env bash
# A real Apache Kafka broker (KRaft, one node) on loopback, in the foreground.
#   deploy/kafka.sh fetch|run DIRECTORY      KAFKA_PORT, KAFKA_VERSION, KAFKA_HEAP may be set
# `fetch` brings the jars by Maven once into var/cache; `run` also formats DIRECTORY/data once, and
# becomes the broker. The controller takes the port after KAFKA_PORT. It needs Java 17 and Maven.
set -euo pipefail

directory=${2:?usage: kafka.sh fetch|run DIRECTORY}
version=${KAFKA_VERSION:-4.1.1}
port=${KAFKA_PORT:-19092}
heap=${KAFKA_HEAP:-256m}
jars=${INLET_CACHE:-$(cd "$(dirname "$0")/.." && pwd)/var/cache}/kafka-$version
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)

kafka() { java -cp "$jars/*" -Dlog4j2.configurationFile="$directory/log4j2.properties" "$@"; }

fetch() {
  mkdir -p "$jars"
  exec 9>"$jars/.lock"
  flock 9 # several tests may want it at once
  if [[ ! -e $jars/.complete ]]; then
    cat >"$jars/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>inlet</groupId><artifactId>broker</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>$version</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version></dependency>
  </dependencies>
</project>
POM
    mvn -q -B -f "$jars/pom.xml" dependency:copy-dependencies \
      -DoutputDirectory="$jars" -DincludeScope=runtime >&2
    touch "$jars/.complete"
  fi
  exec 9>&-
}

configure() {
  cat >"$directory/log4j2.properties" <<LOG
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c - %m%n
LOG
  # short timeouts: a killed broker is back in six seconds instead of fourteen
  cat >"$directory/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$directory/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=2000
CONF
  if [[ ! -e $directory/data/meta.properties ]]; then
    # an id is 16 bytes as 22 letters; making it here saves the start of one more JVM
    kafka kafka.tools.StorageTool format -c "$directory/server.properties" \
      -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | cut -c1-22)"
  fi
}

run() {
  fetch
  configure
  exec java -Xmx"$heap" -Xms"$heap" -cp "$jars/*" \
    -Dlog4j2.configurationFile="$directory/log4j2.properties" \
    kafka.Kafka "$directory/server.properties"
}

case ${1:-} in
  fetch) fetch ;;
  run) run ;;
  *) echo "usage: kafka.sh fetch|run DIRECTORY" >&2; exit 2 ;;
esac
