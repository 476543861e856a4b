#!/usr/bin/env bash
# A real Ceph with its S3 gateway (one node, over files) on loopback, in the foreground.
#   deploy/rgw.sh fetch|run DIRECTORY      S3_PORT may be set
# `fetch` does nothing: Debian brings ceph-mon, ceph-mgr, ceph-osd and radosgw. `run` makes a cluster
# in DIRECTORY once, starts its daemons in this session, and becomes the gateway, whose only keys are
# AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. It takes half a minute and half a gigabyte.
set -euo pipefail

directory=${2:?usage: rgw.sh fetch|run DIRECTORY}
port=${S3_PORT:-19000}
mkdir -p "$directory"/{mon,mgr,osd,log,run,rgw}
directory=$(cd "$directory" && pwd)
export CEPH_CONF=$directory/ceph.conf

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
uuid() { cat /proc/sys/kernel/random/uuid; }

configure() {
  [[ -e $directory/mon-port ]] || free_port >"$directory/mon-port"
  [[ -e $directory/fsid ]] || uuid >"$directory/fsid"
  # without tcp_nodelay a small object takes eighteen times as long
  cat >"$CEPH_CONF" <<CONF
[global]
fsid=$(<"$directory/fsid")
mon_host=[v2:127.0.0.1:$(<"$directory/mon-port")/0]
public_network=127.0.0.0/8
public_addr=127.0.0.1
cluster_addr=127.0.0.1
osd_pool_default_size=1
osd_pool_default_min_size=1
osd_pool_default_pg_num=4
osd_pool_default_pg_autoscale_mode=off
mon_warn_on_pool_no_redundancy=false
mon_allow_pool_size_one=true
mon_max_pg_per_osd=1000
osd_crush_chooseleaf_type=0
osd_memory_target=939524096
bluestore_block_size=10737418240
keyring=$directory/keyring
run_dir=$directory/run
admin_socket=$directory/run/\$name.asok
log_file=$directory/log/\$name.log
mon_cluster_log_file=$directory/log/cluster.log
[mon.a]
mon_data=$directory/mon
[mgr.x]
mgr_data=$directory/mgr
keyring=$directory/mgr/keyring
[osd.0]
osd_data=$directory/osd
keyring=$directory/osd/keyring
[client.rgw]
rgw_frontends=beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw_data=$directory/rgw
rgw_dns_name=127.0.0.1
CONF
}

make_monitor() {
  rm -rf "$directory"/mon/* "$directory/keyring"
  ceph-authtool --create-keyring --gen-key --name=mon. --cap mon 'allow *' "$directory/keyring"
  ceph-authtool --gen-key --name=client.admin "$directory/keyring" \
    --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  monmaptool --create --clobber --fsid "$(<"$directory/fsid")" \
    --addv a "[v2:127.0.0.1:$(<"$directory/mon-port")]" "$directory/monmap"
  ceph-mon --mkfs -i a --monmap "$directory/monmap" --keyring "$directory/keyring"
  touch "$directory/.monitor"
}

make_storage() {
  local id secret
  id=$(uuid) secret=$(ceph-authtool --gen-print-key)
  rm -rf "$directory"/osd/*
  ceph osd new "$id" 0 -i <(echo "{\"cephx_secret\":\"$secret\"}")
  ceph-authtool --create-keyring --name=osd.0 --add-key "$secret" "$directory/osd/keyring"
  ceph-osd -i 0 --mkfs --osd-uuid "$id"
  touch "$directory/.storage"
}

grant() {
  ceph auth get-or-create mgr.x mon 'allow profile mgr' osd 'allow *' -o "$directory/mgr/keyring"
  ceph auth get-or-create client.rgw mon 'allow rw' osd 'allow rwx' mgr 'allow rw' \
    -o "$directory/rgw/keyring"
}

run() {
  configure
  [[ -e $directory/.monitor ]] || make_monitor
  ceph-mon -f -i a &
  grant
  ceph-mgr -f -i x &
  [[ -e $directory/.storage ]] || make_storage
  ceph-osd -f -i 0 &
  radosgw-admin user info --uid=inlet >/dev/null 2>&1 ||
    radosgw-admin user create --uid=inlet --display-name=Inlet \
      --access-key="${AWS_ACCESS_KEY_ID:?}" --secret="${AWS_SECRET_ACCESS_KEY:?}" >/dev/null
  exec radosgw -f -n client.rgw --keyring "$directory/rgw/keyring"
}

case ${1:-} in
  fetch) ;;
  run) run ;;
  *) echo "usage: rgw.sh fetch|run DIRECTORY" >&2; exit 2 ;;
esac
