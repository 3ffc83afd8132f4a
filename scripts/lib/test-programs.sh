# shellcheck shell=bash disable=SC2034 # run_in_debian reads DEBIAN_IMAGE
# Sourced after bases.sh: provides programs that the end-to-end suite runs, in `.tools/bin`. Each is
# built once. From nothing that takes eight minutes in all.

# The program of the OCI distribution specification, as a module that has no releases.
CONFORMANCE=github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111
# Signs and verifies images.
COSIGN=github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
# Packs, pushes and pulls charts.
HELM=helm.sh/helm/v4/cmd/helm@v4.3.1
# Copies images between registries, layouts and tars.
REGCTL=github.com/regclient/regclient/cmd/regctl@v0.11.7

# use_test_programs: builds those that are missing. It fails if one of them could not be built.
use_test_programs() {
  local package status=0
  for package in "$CONFORMANCE" "$COSIGN" "$HELM" "$REGCTL"; do
    use_go_program "$package" || status=1
  done
  return "$status"
}

# use_go_program PACKAGE@VERSION: builds it with this machine's Go, or with Debian's in a container.
use_go_program() {
  local name=${1%@*} bin="$ROOT/.tools/bin" build
  name=${name##*/}
  [ ! -x "$bin/$name" ] || return 0
  mkdir -p "$bin"
  say "building $name"
  # The inner quotes are for one level of shell.
  build="CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' $1"
  build_go_program_here "$bin" "$build" || build_go_program_in_debian "$build" || {
    say "$name could not be built; install Go 1.24 or newer, which must reach its module proxy"
    return 1
  }
}

build_go_program_here() {
  command -v go >/dev/null || return 1
  # Outside of the checkout, so that a go.mod or go.work there has no effect.
  (cd / && GOBIN="$1" GOWORK=off quietly bash -c "$2")
}

build_go_program_in_debian() {
  DEBIAN_IMAGE=$(choose_base "$DEBIAN_BASE" make_debian_base) || return 1
  run_in_debian "apt-get install --yes --no-install-recommends golang-go ca-certificates
    GOTOOLCHAIN=auto GOBIN=/out $1"
}
