# shellcheck shell=bash disable=SC2034 # run_in_debian reads DEBIAN_IMAGE
# Sourced after bases.sh: provides credential helpers, for an image with some in it.

GCR_HELPER="$ROOT/.tools/bin/docker-credential-gcr"
GCR_HELPER_VERSION=2.2.1
# The inner quotes are for one level of shell.
GCR_HELPER_BUILD="CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' \
github.com/GoogleCloudPlatform/docker-credential-gcr/v2@v$GCR_HELPER_VERSION"

# choose_helpers NAME: prints the reference of an image that has the helper of this name in
# /usr/local/bin. Without a name it is the base image, which has none.
choose_helpers() {
  case "$1" in
    '') printf '%s\n' "$DEBIAN_IMAGE" ;;
    gcr)
      use_gcr_helper >&2 || return 1
      local own=localhost/docker-credential-gcr:$GCR_HELPER_VERSION
      make_image_of_program "$own" "$GCR_HELPER" /usr/local/bin/docker-credential-gcr >&2 || return 1
      printf '%s\n' "$own"
      ;;
    *) die "CREDENTIAL_HELPERS is '$1'; accepted: gcr, or nothing" ;;
  esac
}

# use_gcr_helper: builds it with this machine's Go, or with Debian's in a container.
use_gcr_helper() {
  ! "$GCR_HELPER" version 2>/dev/null | grep -qF " $GCR_HELPER_VERSION" || return 0
  mkdir -p "${GCR_HELPER%/*}"
  say "building docker-credential-gcr $GCR_HELPER_VERSION"
  build_gcr_helper_here || build_gcr_helper_in_debian || {
    say "docker-credential-gcr could not be built; install Go 1.24 or newer, which must reach its module proxy"
    return 1
  }
}

build_gcr_helper_here() {
  command -v go >/dev/null || return 1
  # Outside of the checkout, so that a go.mod or go.work there has no effect.
  (cd / && GOBIN="${GCR_HELPER%/*}" GOWORK=off quietly bash -c "$GCR_HELPER_BUILD")
}

build_gcr_helper_in_debian() {
  run_in_debian "apt-get install --yes --no-install-recommends golang-go ca-certificates
    GOTOOLCHAIN=auto GOBIN=/out $GCR_HELPER_BUILD"
}
