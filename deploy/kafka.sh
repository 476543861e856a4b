#!/usr/bin/env bash
# A real Apache Kafka broker (KRaft, one node) on loopback, for tests and development.
#   deploy/kafka.sh up|down|status DIRECTORY      KAFKA_PORT, KAFKA_VERSION, KAFKA_HEAP may be set
# `up` fetches the jars with Maven once into var/cache, formats DIRECTORY/data once, starts the
# broker and returns when it answers. `down` ends the broker that `up` started, by its pid.
# It needs Java 17 and Maven.
set -euo pipefail

directory=${2:?usage: kafka.sh up|down|status DIRECTORY}
version=${KAFKA_VERSION:-4.1.1}
port=${KAFKA_PORT:-19092}
heap=${KAFKA_HEAP:-256m}
jars=$(cd "$(dirname "$0")/.." && pwd)/var/cache/kafka-$version
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)

running() { # a broker that was killed and not reaped still answers `kill -0`
  [[ -s $directory/pid ]] &&
    grep -q '^State:[[:space:]]*[^ZX]' "/proc/$(<"$directory/pid")/status" 2>/dev/null
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

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
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = $directory/broker.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c - %m%n
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
    kafka kafka.tools.StorageTool format -c "$directory/server.properties" \
      -t "$(kafka kafka.tools.StorageTool random-uuid)" >"$directory/format.log" 2>&1
  fi
}

up() {
  if ! running; then
    fetch
    configure
    nohup java -Xmx"$heap" -Xms"$heap" -cp "$jars/*" \
      -Dlog4j2.configurationFile="$directory/log4j2.properties" \
      kafka.Kafka "$directory/server.properties" >"$directory/out.log" 2>&1 </dev/null &
    echo $! >"$directory/pid"
  fi
  for _ in $(seq 300); do
    if answers; then
      echo "127.0.0.1:$port"
      return
    fi
    running || { echo "the broker ended; see $directory/out.log and broker.log" >&2; return 1; }
    sleep 0.2
  done
  echo "the broker did not answer in 60 s; see $directory/broker.log" >&2
  return 1
}

down() {
  running || return 0
  kill "$(<"$directory/pid")"
  for _ in $(seq 150); do
    running || { rm -f "$directory/pid"; return; }
    sleep 0.2
  done
  kill -9 "$(<"$directory/pid")"
  rm -f "$directory/pid"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  status) running && echo "up 127.0.0.1:$port" || { echo down; exit 3; } ;;
  *) echo "usage: kafka.sh up|down|status DIRECTORY" >&2; exit 2 ;;
esac
