#!/bin/sh
# Makes docker, containerd and CRI-O of this machine pull through the proxy at %[var(txn.proxy)].
# `registry-cache client systemd --curl` prints the line that runs it, as root. At its end,
#   | sh                                          sets up those of them that are services here
#   | sh -s -- containerd                         one of them
#   | PROXY=http://USER:PASSWORD@%[var(txn.proxy)] sh   with a login for the proxy
# NO_PROXY in the environment names the hosts to reach without it. HTTP_PROXY stays as it is: only
# https goes through this proxy.
set -eu

# The script came by `tls`, or by `http`, where anybody on the way may have changed it.
WAY=%[var(txn.way)]

PROXY=${PROXY:-http://%[var(txn.proxy)]}
NO_PROXY=${NO_PROXY:-localhost,127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.local,.svc}
# Another root than /, to look at the files that would be written.
ROOT=${ROOT:-}
ANCHORS='usr/local/share/ca-certificates etc/pki/ca-trust/source/anchors'

main() {
  [ "$WAY" = tls ] || warn_of_plain_http
  trust_authority
  [ $# -gt 0 ] || set -- $(find_services)
  [ $# -gt 0 ] || die 'neither docker nor containerd nor crio is a service here; name one'
  for service in "$@"; do write_drop_in "$service"; done
  systemctl daemon-reload
  for service in "$@"; do systemctl restart "$service"; done
}

# Debian and its like have the first folder, Fedora and its like the second.
trust_authority() {
  for anchors in $ANCHORS; do
    [ -d "$ROOT/$anchors" ] || continue
    write_authority >"$ROOT/$anchors/registry-cache-proxy.crt"
    case $anchors in
      usr/*) update-ca-certificates ;;
      *) update-ca-trust ;;
    esac
    return
  done
  die "no folder for certificate authorities: $ANCHORS"
}

# The certificate comes with this script, so the pin of the key counts for both.
write_authority() {
  cat <<'END_OF_AUTHORITY'
GOLDEN AUTHORITY
END_OF_AUTHORITY
}

warn_of_plain_http() {
  cat >&2 <<'END_OF_WARNING'
registry-cache: this came by plain HTTP, which is for the nodes of a kind cluster on one machine.
  Elsewhere run what `registry-cache client systemd --curl` prints: it checks whose script it is.
END_OF_WARNING
}

find_services() {
  for service in docker containerd crio; do
    if systemctl cat "$service" >/dev/null 2>&1; then echo "$service"; fi
  done
}

# Readable for root alone, as PROXY may hold a password. systemd takes %%%% for a percent sign.
write_drop_in() {
  folder=$ROOT/etc/systemd/system/$1.service.d
  mkdir -p "$folder"
  proxy=$(escape "$PROXY")
  none=$(escape "$NO_PROXY")
  # One line, since recipes of other proxies append a NO_PROXY to it by sed.
  (
    umask 077
    cat >"$folder/registry-cache-proxy.conf" <<END_OF_DROP_IN
[Service]
Environment="HTTPS_PROXY=$proxy" "NO_PROXY=$none"
END_OF_DROP_IN
  )
}

escape() {
  printf '%%s' "$1" | sed 's/%%/%%%%/g'
}

die() {
  echo "registry-cache: $1" >&2
  exit 1
}

main "$@"
