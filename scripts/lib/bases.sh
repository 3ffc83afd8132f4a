# shellcheck shell=bash disable=SC2034 # scripts/build reads the names of the bases
# Sourced after podman.sh: finds the three base images of the appliance, or makes them if no
# container registry can be reached.

# shellcheck source=scripts/lib/apt-settings.sh
. "$ROOT/scripts/lib/apt-settings.sh"
# shellcheck source=scripts/lib/distribution.sh
. "$ROOT/scripts/lib/distribution.sh"

DEBIAN_SUITE=trixie
DEBIAN_BASE="debian:$DEBIAN_SUITE-slim"
NODE_BASE="node:$NODE_MAJOR-$DEBIAN_SUITE-slim"
REGISTRY_BASE="registry:$DISTRIBUTION_VERSION"

BASE_PINS=${BASE_PINS:-$ROOT/images/bases.lock}

# choose_base NAME:TAG MAKE: prints the reference of the base, by digest if it is pinned. Images
# of this machine come first, so that an unchanged build needs no network.
choose_base() {
  local published own="localhost/$1"
  published=$(published_base "$1") || return 1
  if [ "${FRESH:-}" != 1 ]; then
    if podman image exists "$published"; then take "$published" && return 0; fi
    if podman image exists "$own"; then "$2" "$own" >&2 && printf '%s\n' "$own" && return 0; fi
  fi
  if can_pull && pull "$published"; then take "$published" && return 0; fi
  say "$published cannot be pulled here; making $own instead"
  "$2" "$own" >&2 || return 1
  printf '%s\n' "$own"
}

# take REFERENCE: prints it, and warns if it may be another image tomorrow.
take() {
  case "$1" in
    *@*) ;;
    *) say "$1 is taken by its tag, because images/bases.lock has no digest for it (./scripts/pin-bases)" ;;
  esac
  printf '%s\n' "$1"
}

# published_base NAME:TAG: prints the reference to pull, by digest if it is pinned.
published_base() {
  local pin
  pin=$(awk -v base="$1" '$1 == base { print $2 }' "$BASE_PINS") || return 1
  case "$pin" in
    '') printf 'docker.io/library/%s\n' "$1" ;;
    *)
      is_digest "$pin" || die "images/bases.lock: $1 has '$pin'; accepted: one line, sha256: and 64 hexadecimal digits"
      printf 'docker.io/library/%s@%s\n' "${1%%:*}" "$pin"
      ;;
  esac
}

is_digest() { [[ "$1" =~ ^sha256:[0-9a-f]{64}$ ]]; }

# digest_of REFERENCE: prints the registry's digest for it, for all platforms.
digest_of() {
  local digest
  digest=sha256:$(timeout 60 skopeo inspect --raw "docker://$1" | sha256sum | cut -d' ' -f1) || return 1
  is_digest "$digest" && printf '%s\n' "$digest"
}

# Without internet, packets may be dropped instead of refused, so the wait is short.
can_pull() {
  timeout 10 skopeo inspect --raw "docker://docker.io/library/$DEBIAN_BASE" >/dev/null 2>&1
}

pull() {
  say "pulling $1"
  timeout 600 podman pull --quiet "$1" >/dev/null || return 1
}

# make_debian_base REFERENCE: makes an image like the published slim one: the smallest Debian with
# apt, without manuals and translations. `./scripts/build --fresh` makes it again.
make_debian_base() {
  if [ "${FRESH:-}" != 1 ] && podman image exists "$1"; then return 0; fi
  local keyring=/usr/share/keyrings/debian-archive-$DEBIAN_SUITE-stable.gpg
  use_packages mmdebstrap "$keyring=debian-archive-keyring" || return 1
  [ -e "$keyring" ] || {
    say "$keyring is missing; install a debian-archive-keyring that knows $DEBIAN_SUITE (2023.3+deb12u2 or newer)"
    return 1
  }
  if [ ! -s "$APT_SETTINGS/sources.list" ] && is_rootful; then
    update_package_lists_once
    write_apt_settings "$DEBIAN_SUITE"
  fi
  say "making $1 by mmdebstrap (about a minute)"
  local archive status=0
  archive=$(mktemp --suffix .tar)
  run_mmdebstrap "$archive" && podman import --quiet --change 'CMD ["/bin/bash"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    "$archive" "$1" >/dev/null || status=$?
  rm -f "$archive"
  return "$status"
}

# run_mmdebstrap ARCHIVE: makes the root filesystem with this machine's mirror and options, which
# it does not contain afterwards.
# shellcheck disable=SC2016 # mmdebstrap gives "$1" to the hooks
run_mmdebstrap() {
  local sources=()
  [ ! -s "$APT_SETTINGS/sources.list" ] || sources=("$APT_SETTINGS/sources.list")
  mmdebstrap --quiet --variant=minbase --format=tar \
    --aptopt="$APT_SETTINGS/options.conf" \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook='rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/hostname" "$1/etc/resolv.conf"' \
    --customize-hook='if [ -s "$ROOT/.tools/apt/sources.list" ]; then rm -f "$1"/etc/apt/sources.list "$1"/etc/apt/sources.list.d/*; fi' \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" >"$1/usr/sbin/policy-rc.d" && chmod 0755 "$1/usr/sbin/policy-rc.d"' \
    "$DEBIAN_SUITE" "$1" "${sources[@]}"
}

# make_node_base REFERENCE: makes an image with the toolchain's program at the path that it has in
# the published image.
make_node_base() {
  make_image_of_program "$1" "$(readlink -f "$(command -v node)")" /usr/local/bin/node
}

make_registry_base() {
  use_distribution && make_image_of_program "$1" "$DISTRIBUTION" /bin/registry
}

# make_image_of_program REFERENCE FILE PATH: makes an image with one program. It takes no time if
# the image has that program already.
make_image_of_program() {
  local context
  context=$(mktemp -d)
  ln "$2" "$context/program" 2>/dev/null || cp "$2" "$context/program"
  printf 'FROM scratch\nCOPY --chmod=0755 program %s\n' "$3" >"$context/Containerfile"
  podman build --quiet --layers --tag "$1" "$context" >/dev/null
  local status=$?
  rm -rf "$context"
  return "$status"
}
