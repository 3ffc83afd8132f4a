# shellcheck shell=bash
# Sourced after toolchain.sh: provides the unmodified CNCF distribution registry as
# `.tools/bin/registry`, for the image and for tests.

DISTRIBUTION_VERSION=3.1.1
DISTRIBUTION="$ROOT/.tools/bin/registry"
DISTRIBUTION_MODULE=github.com/distribution/distribution/v3

# The options of the released programs. The inner quotes are for one level of shell.
DISTRIBUTION_BUILD="CGO_ENABLED=0 go install -trimpath -ldflags '-s -w \
-X $DISTRIBUTION_MODULE/version.version=v$DISTRIBUTION_VERSION \
-X $DISTRIBUTION_MODULE/version.mainpkg=$DISTRIBUTION_MODULE' \
$DISTRIBUTION_MODULE/cmd/registry@v$DISTRIBUTION_VERSION"

# use_distribution: builds it if no published image was there to copy it from.
use_distribution() {
  has_distribution && return 0
  mkdir -p "${DISTRIBUTION%/*}"
  build_distribution_here || build_distribution_in_debian || take_distribution_of_debian || {
    say "distribution $DISTRIBUTION_VERSION could not be built; install Go 1.25 or newer (or 1.21, which fetches a newer one), which must reach its module proxy"
    return 1
  }
}

has_distribution() {
  "$DISTRIBUTION" --version 2>/dev/null | grep -qF "$DISTRIBUTION_VERSION" || is_debians_choice
}

build_distribution_here() {
  command -v go >/dev/null || return 1
  say "building distribution $DISTRIBUTION_VERSION with $(go env GOVERSION) (about two minutes)"
  # Outside of the checkout, so that a go.mod or go.work there has no effect.
  (cd / && GOBIN="${DISTRIBUTION%/*}" GOWORK=off quietly bash -c "$DISTRIBUTION_BUILD")
}

# Debian's Go may be older than distribution requires. Then it fetches a newer one.
build_distribution_in_debian() {
  podman image exists "${DEBIAN_IMAGE:-}" || return 1
  say "Go was not found, or could not build; building distribution $DISTRIBUTION_VERSION with Debian's Go in a container"
  run_in_debian "apt-get install --yes --no-install-recommends golang-go ca-certificates
    GOTOOLCHAIN=auto GOBIN=/out $DISTRIBUTION_BUILD"
}

# Debian's version is older (2.8) and ignores newer settings. It works for a first look, with a
# warning.
take_distribution_of_debian() {
  podman image exists "${DEBIAN_IMAGE:-}" || return 1
  say "WARNING: distribution $DISTRIBUTION_VERSION cannot be built here; using Debian's docker-registry, which is older; install Go 1.25 or newer"
  run_in_debian 'apt-get install --yes --no-install-recommends docker-registry
    cp /usr/bin/docker-registry /out/registry' && touch "$DISTRIBUTION.debian"
}

# Only while there is no Go, and with a warning at every build.
is_debians_choice() {
  [ -e "$DISTRIBUTION.debian" ] && [ "${FRESH:-}" != 1 ] && ! command -v go >/dev/null || return 1
  say "WARNING: the image has Debian's docker-registry instead of distribution $DISTRIBUTION_VERSION; install Go 1.25 or newer"
}

# run_in_debian SCRIPT: runs it in a container of the base image. /out is the folder of the
# program. The container trusts this machine's authorities, because the module proxy may need one.
run_in_debian() {
  local authorities=/etc/ssl/certs/ca-certificates.crt trust=()
  [ ! -e "$authorities" ] || trust=(--volume "$authorities:/run/host-ca.crt:ro" --env SSL_CERT_FILE=/run/host-ca.crt)
  rm -f "$DISTRIBUTION.debian"
  quietly podman run --rm --network host --env GOPROXY --env GOSUMDB --env GONOSUMDB \
    --volume "${DISTRIBUTION%/*}:/out" "${APT_MOUNT[@]}" "${trust[@]}" \
    "$DEBIAN_IMAGE" bash -ec "apt-get update; $1"
}

# take_distribution_of IMAGE: copies the program of the base image, for the tests.
take_distribution_of() {
  has_distribution && return 0
  local container
  container=$(podman create "$1") || return 1
  mkdir -p "${DISTRIBUTION%/*}"
  podman cp "$container:/bin/registry" "$DISTRIBUTION" >/dev/null
  podman rm "$container" >/dev/null
}
