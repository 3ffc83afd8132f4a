# shellcheck shell=bash
# Sourced after packages.sh: makes a root filesystem for each release of Debian whose clients the
# end-to-end suite uses, so that every machine tests the same clients. They are in .tools/roots,
# and are made again when their list of packages changes.

# shellcheck source=scripts/lib/apt-settings.sh
. "$ROOT/scripts/lib/apt-settings.sh"

CLIENT_ROOTS="$ROOT/.tools/roots"
declare -A CLIENT_PACKAGES=(
  [bookworm]='ca-certificates curl podman buildah skopeo containerd docker.io runc'
  [trixie]='ca-certificates curl podman buildah skopeo oras'
  [sid]='ca-certificates curl containerd crane docker.io docker-cli docker-buildx runc'
)

# make_client_roots: tries all of them, and fails if one could not be made.
make_client_roots() {
  local suite status=0
  for suite in "${!CLIENT_PACKAGES[@]}"; do
    make_client_root "$suite" "${CLIENT_PACKAGES[$suite]}" || status=1
  done
  return "$status"
}

# make_client_root SUITE PACKAGES: takes some 25 seconds, or none if it exists.
make_client_root() {
  local folder="$CLIENT_ROOTS/$1" lock
  mkdir -p "$CLIENT_ROOTS"
  # Two checkouts may share the folder.
  exec {lock}>"$folder.lock"
  flock "$lock"
  if [ "$(cat "$folder.packages" 2>/dev/null)" != "$2" ]; then
    fill_client_root "$@" || {
      say "no clients of Debian's $1, so their tests will fail; mmdebstrap's output is above"
      rm -rf "$folder"
    }
  fi
  exec {lock}>&-
  [ -e "$folder" ]
}

# The list is written last, so an interrupted root filesystem does not count.
fill_client_root() {
  local folder="$CLIENT_ROOTS/$1"
  is_rootful || { say "clients of other releases need root"; return 1; }
  use_packages mmdebstrap /usr/share/keyrings/debian-archive-keyring.gpg=debian-archive-keyring || return 1
  # Without package lists, apt does not know which of its mirrors is Debian's.
  [ -n "$(list_sources "$1")" ] || update_package_lists_once
  say "making a root filesystem with clients of Debian's $1 (half a minute)"
  rm -rf "$folder" "$folder.packages"
  run_mmdebstrap_for_clients "$1" "$2" "$folder" && printf '%s\n' "$2" >"$folder.packages"
}

# This machine's mirror and options are used, and the result does not contain them. A mirror's sid
# may be older than apt allows. That is acceptable for programs that only tests run.
# shellcheck disable=SC2016 # mmdebstrap gives "$1" to the hook
run_mmdebstrap_for_clients() {
  local sources options
  sources=$(list_sources "$1" | head -n 1)
  options=$(list_apt_options)
  mmdebstrap --quiet --mode=root --variant=minbase --include="$2" \
    --aptopt="$options"$'\nAcquire::Check-Valid-Until "false";' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --customize-hook='rm -rf "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/etc/apt/sources.list* "$1"/etc/hostname "$1"/etc/resolv.conf' \
    "$1" "$3" ${sources:+"$sources"}
}
