#!/usr/bin/env bash
# A real S3 server (VersityGW over a directory) on loopback, for tests and development.
#   deploy/s3.sh up|down|status [DIRECTORY]      S3_PORT, S3_VERSION may be set
# DIRECTORY is ${INLET_HOME:-var/inlet}/s3 unless it is given. `up` builds the server with Go once
# into var/cache, starts it and returns its endpoint when it answers. The keys are drawn at random
# once and lie in DIRECTORY/credentials, for the owner's eyes: `set -a; . DIRECTORY/credentials`
# makes them, and the endpoint, known to what is started from that shell. Buckets are the folders
# below DIRECTORY/buckets. `down` ends the server that `up` started, by its pid.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
directory=${2:-${INLET_HOME:-$root/var/inlet}/s3}
version=${S3_VERSION:-v1.8.0}
port=${S3_PORT:-19000}
cache=$root/var/cache/versitygw-$version
mkdir -p "$directory/buckets" "$directory/iam"
directory=$(cd "$directory" && pwd)

running() { # a server that was killed and not reaped still answers `kill -0`
  [[ -s $directory/pid ]] &&
    grep -q '^State:[[:space:]]*[^ZX]' "/proc/$(<"$directory/pid")/status" 2>/dev/null
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

build() {
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9 # several tests may want it at once
  if [[ ! -x $cache/versitygw ]]; then
    GOBIN=$cache GOFLAGS=-mod=mod go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  fi
  exec 9>&-
}

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

keys() {
  if [[ ! -s $directory/credentials ]]; then
    (umask 077 && cat >"$directory/credentials") <<KEYS
AWS_ACCESS_KEY_ID=$(random 10)
AWS_SECRET_ACCESS_KEY=$(random 20)
AWS_DEFAULT_REGION=us-east-1
AWS_ENDPOINT_URL_S3=
KEYS
  fi
  sed -i "s|^AWS_ENDPOINT_URL_S3=.*|AWS_ENDPOINT_URL_S3=http://127.0.0.1:$port|" "$directory/credentials"
}

up() {
  if ! running; then
    build
    keys
    (
      # shellcheck disable=SC1091
      . "$directory/credentials"
      export ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY
      exec nohup "$cache/versitygw" --port "127.0.0.1:$port" --iam-dir "$directory/iam" \
        posix "$directory/buckets" >"$directory/log" 2>&1 </dev/null
    ) &
    echo $! >"$directory/pid"
  fi
  for _ in $(seq 100); do
    if answers; then
      echo "http://127.0.0.1:$port"
      return
    fi
    running || { echo "the server ended; see $directory/log" >&2; return 1; }
    sleep 0.1
  done
  echo "the server did not answer in 10 s; see $directory/log" >&2
  return 1
}

down() {
  running || return 0
  kill "$(<"$directory/pid")"
  for _ in $(seq 50); do
    running || { rm -f "$directory/pid"; return; }
    sleep 0.1
  done
  kill -9 "$(<"$directory/pid")"
  rm -f "$directory/pid"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  status) running && echo "up http://127.0.0.1:$port" || { echo down; exit 3; } ;;
  *) echo "usage: s3.sh up|down|status [DIRECTORY]" >&2; exit 2 ;;
esac
