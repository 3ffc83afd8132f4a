# shellcheck shell=bash disable=SC2034 # run_in_debian reads DEBIAN_IMAGE
# Sourced after bases.sh: provides the conformance program of the OCI distribution
# specification as `.tools/bin/conformance`, for the end-to-end suite.

CONFORMANCE="$ROOT/.tools/bin/conformance"
CONFORMANCE_VERSION=v0.0.0-20260831232431-97274622c111
# The inner quotes are for one level of shell.
CONFORMANCE_BUILD="CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' \
github.com/opencontainers/distribution-spec/conformance@$CONFORMANCE_VERSION"

# use_conformance: builds it with this machine's Go, or with Debian's in a container.
use_conformance() {
  [ ! -x "$CONFORMANCE" ] || return 0
  mkdir -p "${CONFORMANCE%/*}"
  say "building the conformance program of the distribution specification"
  build_conformance_here || build_conformance_in_debian || {
    say "the conformance program could not be built; install Go 1.24 or newer, which must reach its module proxy"
    return 1
  }
}

build_conformance_here() {
  command -v go >/dev/null || return 1
  # Outside of the checkout, so that a go.mod or go.work there has no effect.
  (cd / && GOBIN="${CONFORMANCE%/*}" GOWORK=off quietly bash -c "$CONFORMANCE_BUILD")
}

build_conformance_in_debian() {
  DEBIAN_IMAGE=$(choose_base "$DEBIAN_BASE" make_debian_base) || return 1
  run_in_debian "apt-get install --yes --no-install-recommends golang-go ca-certificates
    GOTOOLCHAIN=auto GOBIN=/out $CONFORMANCE_BUILD"
}
