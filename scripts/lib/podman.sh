# shellcheck shell=bash
# Sourced after toolchain.sh: makes podman usable here. It installs and configures only missing
# parts.

# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/client-roots.sh
. "$ROOT/scripts/lib/client-roots.sh"

DEFAULT_IMAGE=localhost/registry-cache:latest
# shellcheck disable=SC2034 # other scripts read it
IMAGE=${REGISTRY_CACHE_IMAGE:-$DEFAULT_IMAGE}

use_podman() {
  use_packages podman buildah runc netavark aardvark-dns catatonit conmon \
    newuidmap=uidmap iptables nft=nftables ip=iproute2 skopeo || return 1
  use_own_containers_conf_where_needed
  warn_of_slow_storage
}

# The programs with which `up` tries the appliance.
use_client() {
  use_packages skopeo curl
}

# The clients of the end-to-end suite. The tests of missing clients fail by themselves.
use_clients() {
  use_packages containerd dockerd=docker.io skopeo unshare=util-linux pivot_root=util-linux
  make_client_roots || say "going on without these clients"
}

# podman's defaults require systemd, and permission to raise the limit of open files. A machine
# with both, as nearly all have, keeps its own configuration.
use_own_containers_conf_where_needed() {
  [ -z "${CONTAINERS_CONF:-}" ] || return 0
  if is_rootful && { ! can_raise_open_files || ! is_run_by_systemd; }; then
    export CONTAINERS_CONF="$ROOT/scripts/lib/containers.conf"
  fi
}

is_rootful() { [ "$(id -u)" -eq 0 ]; }

is_run_by_systemd() { [ -d /run/systemd/system ]; }

# podman gives root's containers 1048576 open files.
can_raise_open_files() { (ulimit -Hn 1048576) 2>/dev/null; }

warn_of_slow_storage() {
  local driver
  driver=$(podman info --format '{{.Store.GraphDriverName}}') || {
    say "podman does not work here; its output is above"
    return 1
  }
  if [ "$driver" = vfs ]; then
    say "podman's storage driver is vfs, which copies every layer; overlay (or fuse-overlayfs) is much faster"
  fi
}

# Lines of podman on a machine without systemd or syslog, as runners of CI are. podman cannot start
# its timer for the health check, and the name server of its networks writes no log. Everything else
# works.
HARMLESS='unable to get systemd connection to (add|start|remove) healthchecks: .*: no such file or directory|^failed to connect to syslog: '

# without_harmless COMMAND…: runs it without those lines on its standard error. The lines go through
# a file: through a pipe, they would end with the last process that podman leaves behind.
without_harmless() {
  local errors status=0
  errors=$(mktemp)
  "$@" 2>"$errors" || status=$?
  grep -vE "$HARMLESS" "$errors" >&2 || true
  rm -f "$errors"
  return "$status"
}

explain_health_checks() {
  is_run_by_systemd ||
    say "systemd does not run here, so podman starts no health checks; to check now: podman healthcheck run registry-cache"
}
