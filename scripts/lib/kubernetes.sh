# shellcheck shell=bash
# Sourced after podman.sh: provides the programs of a real Kubernetes in `.tools/kubernetes`, for
# `./scripts/test --cluster`. Each is built once, by this machine's Go. From nothing that takes some
# fifteen minutes, and 4 GB of memory.

KUBERNETES="$ROOT/.tools/kubernetes"
KUBERNETES_VERSION=1.37.2
ETCD_VERSION=3.7.3
COREDNS_VERSION=1.15.0
KUBERNETES_PROGRAMS=(kubectl kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)

# use_kubernetes: builds what is missing. It fails if something could not be had.
use_kubernetes() {
  local status=0
  use_packages /usr/lib/cni/ptp=containernetworking-plugins || status=1
  has_kubernetes && return "$status"
  mkdir -p "$KUBERNETES"
  make_kubernetes || {
    say "Kubernetes could not be built; install Go 1.26 or newer, which must reach its module proxy"
    status=1
  }
  return "$status"
}

# has_kubernetes: whether every program has been built.
has_kubernetes() {
  local program
  for program in "${KUBERNETES_PROGRAMS[@]}" etcd coredns; do
    [ -x "$KUBERNETES/$program" ] || return 1
  done
}

make_kubernetes() {
  local folder="$ROOT/.tools/kubernetes.building" status=0
  command -v go >/dev/null || return 1
  rm -rf "$folder"
  mkdir -p "$folder/kubernetes" "$folder/etcd" "$folder/coredns"
  write_kubernetes_module "$folder/kubernetes" && build_kubernetes "$folder/kubernetes" &&
    build_etcd "$folder/etcd" && build_coredns "$folder/coredns" || status=1
  rm -rf "$folder"
  return "$status"
}

# write_kubernetes_module FOLDER: a module that requires Kubernetes. Kubernetes takes its own parts
# (k8s.io/api and others) from folders beside it, which no other module can. They are published too.
write_kubernetes_module() {
  local own parts="v0.${KUBERNETES_VERSION#1.}"
  own=$(cd / && go mod download -json "k8s.io/kubernetes@v$KUBERNETES_VERSION" |
    sed -nE 's/^\s*"Dir": "(.*)",?$/\1/p') && [ -n "$own" ] || return 1
  sed -E -e 's#^module .*#module kubernetes-build#' \
    -e "s#(k8s.io/[a-z0-9-]+) => ./staging/src/k8s.io/.*#\1 => \1 $parts#" \
    -e "s#^(\s+k8s.io/[a-z0-9-]+) v0.0.0\$#\1 $parts#" "$own/go.mod" >"$1/go.mod"
  printf 'require k8s.io/kubernetes v%s\n' "$KUBERNETES_VERSION" >>"$1/go.mod"
  cat "$own/go.sum" >"$1/go.sum"
}

# build_kubernetes FOLDER. The version is set as Kubernetes' own scripts set it: without it, a kubelet
# and an API server refuse each other.
build_kubernetes() {
  local version=k8s.io/component-base/version minor=${KUBERNETES_VERSION#*.} program flags
  flags="-X $version.gitVersion=v$KUBERNETES_VERSION -X $version.gitMajor=1 -X $version.gitMinor=${minor%.*}"
  for program in "${KUBERNETES_PROGRAMS[@]}"; do
    build_in_module "$1" "$program" "k8s.io/kubernetes/cmd/$program" "$flags" || return 1
  done
}

build_etcd() {
  get_module "$1" "go.etcd.io/etcd/server/v3@v$ETCD_VERSION" &&
    build_in_module "$1" etcd go.etcd.io/etcd/server/v3
}

build_coredns() {
  cp "$ROOT/scripts/lib/coredns/main.go" "$1" &&
    get_module "$1" "github.com/coredns/coredns@v$COREDNS_VERSION" &&
    build_in_module "$1" coredns .
}

# get_module FOLDER MODULE@VERSION: makes a module that requires it.
get_module() {
  (cd "$1" && export GOWORK=off && quietly go mod init build && quietly go get "$2")
}

# build_in_module FOLDER PROGRAM PACKAGE [FLAGS]: builds the program, unless it is there.
build_in_module() {
  [ ! -x "$KUBERNETES/$2" ] || return 0
  say "building $2"
  (cd "$1" && CGO_ENABLED=0 GOWORK=off quietly nice go build -mod=mod -trimpath \
    -ldflags "-s -w ${4:-}" -o "$1/$2" "$3") && mv "$1/$2" "$KUBERNETES/$2"
}
