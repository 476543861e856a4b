#!/usr/bin/env bash
# A real S3 server (VersityGW over a directory) on loopback, in the foreground.
#   deploy/s3.sh fetch|run DIRECTORY      S3_PORT, S3_VERSION may be set
# `fetch` builds the server with Go once into var/cache; `run` also becomes the server, whose only
# keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Buckets are the folders below
# DIRECTORY/buckets, what was overwritten in a versioned one rests below DIRECTORY/versions.
set -euo pipefail

directory=${2:?usage: s3.sh fetch|run DIRECTORY}
version=${S3_VERSION:-v1.8.0}
port=${S3_PORT:-19000}
cache=${INLET_CACHE:-$(cd "$(dirname "$0")/.." && pwd)/var/cache}/versitygw-$version

fetch() {
  mkdir -p "$cache"
  exec 9>"$cache/.lock"
  flock 9 # several tests may want it at once
  if [[ ! -x $cache/versitygw ]]; then
    GOBIN=$cache GOFLAGS=-mod=mod go install "github.com/versity/versitygw/cmd/versitygw@$version" >&2
  fi
  exec 9>&-
}

run() {
  fetch
  mkdir -p "$directory"/{buckets,iam,versions}
  export ROOT_ACCESS_KEY=${AWS_ACCESS_KEY_ID:?} ROOT_SECRET_KEY=${AWS_SECRET_ACCESS_KEY:?}
  exec "$cache/versitygw" --port "127.0.0.1:$port" --iam-dir "$directory/iam" \
    posix --versioning-dir "$directory/versions" "$directory/buckets"
}

case ${1:-} in
  fetch) fetch ;;
  run) run ;;
  *) echo "usage: s3.sh fetch|run DIRECTORY" >&2; exit 2 ;;
esac
