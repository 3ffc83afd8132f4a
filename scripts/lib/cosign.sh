# shellcheck shell=bash disable=SC2034 # run_in_debian reads DEBIAN_IMAGE
# Sourced after bases.sh: provides cosign as `.tools/bin/cosign`, which signs images for the
# end-to-end suite. Its build takes three minutes.

COSIGN="$ROOT/.tools/bin/cosign"
COSIGN_VERSION=v3.1.3
# The inner quotes are for one level of shell.
COSIGN_BUILD="CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' \
github.com/sigstore/cosign/v3/cmd/cosign@$COSIGN_VERSION"

# use_cosign: builds it with this machine's Go, or with Debian's in a container.
use_cosign() {
  [ ! -x "$COSIGN" ] || return 0
  mkdir -p "${COSIGN%/*}"
  say "building cosign"
  build_cosign_here || build_cosign_in_debian || {
    say "cosign could not be built; install Go 1.24 or newer, which must reach its module proxy"
    return 1
  }
}

build_cosign_here() {
  command -v go >/dev/null || return 1
  # Outside of the checkout, so that a go.mod or go.work there has no effect.
  (cd / && GOBIN="${COSIGN%/*}" GOWORK=off quietly bash -c "$COSIGN_BUILD")
}

build_cosign_in_debian() {
  DEBIAN_IMAGE=$(choose_base "$DEBIAN_BASE" make_debian_base) || return 1
  run_in_debian "apt-get install --yes --no-install-recommends golang-go ca-certificates
    GOTOOLCHAIN=auto GOBIN=/out $COSIGN_BUILD"
}
