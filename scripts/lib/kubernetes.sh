# shellcheck shell=bash
# Sourced after podman.sh: provides the programs of a real Kubernetes in `.tools/kubernetes`, for
# `./scripts/test --cluster`. Each is built once, by this machine's Go. From nothing that takes some
# fifteen minutes, and 4 GB of memory.

# shellcheck source=scripts/lib/go-module.sh
. "$ROOT/scripts/lib/go-module.sh"

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
  own=$(print_module_folder "k8s.io/kubernetes@v$KUBERNETES_VERSION") || return 1
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
    build_in_module "$1" "$KUBERNETES/$program" "k8s.io/kubernetes/cmd/$program" "$flags" || return 1
  done
}

build_etcd() {
  get_module "$1" "go.etcd.io/etcd/server/v3@v$ETCD_VERSION" &&
    build_in_module "$1" "$KUBERNETES/etcd" go.etcd.io/etcd/server/v3
}

build_coredns() {
  cp "$ROOT/scripts/lib/coredns/main.go" "$1" &&
    get_module "$1" "github.com/coredns/coredns@v$COREDNS_VERSION" &&
    build_in_module "$1" "$KUBERNETES/coredns" .
}
