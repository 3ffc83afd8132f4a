# shellcheck shell=bash
# Sourced after toolchain.sh: makes podman usable here, installing and configuring only what
# the machine lacks.

# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/client-roots.sh
. "$ROOT/scripts/lib/client-roots.sh"

use_podman() {
  use_packages podman buildah runc netavark aardvark-dns catatonit conmon \
    newuidmap=uidmap iptables nft=nftables ip=iproute2 skopeo || return 1
  use_own_containers_conf_where_needed
  warn_of_slow_storage
}

# What `up` tries the appliance with.
use_client() {
  use_packages skopeo curl
}

# The programs that the end-to-end suite pulls with. The tests of those that are missing fail
# by themselves.
use_clients() {
  use_packages containerd dockerd=docker.io skopeo unshare=util-linux pivot_root=util-linux
  make_client_roots || say "going on without them"
}

# podman's defaults want a systemd to put containers under and the right to raise the limit
# of open files. A machine that has both, as nearly all have, is left alone.
use_own_containers_conf_where_needed() {
  [ -z "${CONTAINERS_CONF:-}" ] || return 0
  if is_rootful && { ! can_raise_open_files || ! is_run_by_systemd; }; then
    export CONTAINERS_CONF="$ROOT/scripts/lib/containers.conf"
  fi
}

is_rootful() { [ "$(id -u)" -eq 0 ]; }

is_run_by_systemd() { [ -d /run/systemd/system ]; }

# 1048576 is what podman gives to root's containers.
can_raise_open_files() { (ulimit -Hn 1048576) 2>/dev/null; }

warn_of_slow_storage() {
  local driver
  driver=$(podman info --format '{{.Store.GraphDriverName}}') || {
    say "podman does not work here; what it said is above"
    return 1
  }
  if [ "$driver" = vfs ]; then
    say "podman stores images by vfs here, which copies every layer; overlay (or fuse-overlayfs) is much faster"
  fi
}
