# shellcheck shell=bash
# Sourced after podman.sh: provides Pulumi's command line and its provider for Kubernetes in
# `.tools/pulumi`, for `./scripts/test --pulumi`. Each is built once, by this machine's Go. From
# nothing that takes some twenty minutes on two cores, and 4 GB of memory.

# shellcheck source=scripts/lib/go-module.sh
. "$ROOT/scripts/lib/go-module.sh"

PULUMI="$ROOT/.tools/pulumi"
PULUMI_VERSION=3.274.1
# The provider has no tags that Go understands, so this is a commit.
PULUMI_KUBERNETES=github.com/pulumi/pulumi-kubernetes/provider/v4
PULUMI_KUBERNETES_VERSION=4.0.0-20260115033456-f47bc2d6f199
# The provider takes its SDK from a folder beside it, which no other module can. It is published too.
PULUMI_KUBERNETES_SDK=github.com/pulumi/pulumi-kubernetes/sdk/v4
PULUMI_KUBERNETES_SDK_VERSION=4.22.2
# Pulumi replaces this library in its own go.mod, which counts there alone.
CLIPBOARD='github.com/atotto/clipboard=github.com/tgummerer/clipboard@v0.0.0-20241001131231-d02d263e614e'

# use_pulumi: builds what is missing. It fails if something could not be built.
use_pulumi() {
  ! has_pulumi || return 0
  mkdir -p "$PULUMI"
  make_pulumi || {
    say "Pulumi could not be built; install Go 1.26 or newer, which must reach its module proxy"
    return 1
  }
}

# has_pulumi: whether both programs have been built.
has_pulumi() {
  [ -x "$PULUMI/pulumi" ] && [ -x "$PULUMI/pulumi-resource-kubernetes" ]
}

make_pulumi() {
  local folder="$ROOT/.tools/pulumi.building" status=0
  command -v go >/dev/null || return 1
  rm -rf "$folder"
  mkdir -p "$folder/pulumi"
  build_pulumi "$folder/pulumi" && build_pulumi_kubernetes "$folder/kubernetes" || status=1
  rm -rf "$folder"
  return "$status"
}

# build_pulumi FOLDER. Without its version, Pulumi's libraries for Node.js refuse it.
build_pulumi() {
  [ ! -x "$PULUMI/pulumi" ] || return 0
  in_module "$1" go mod init build && in_module "$1" go mod edit -replace "$CLIPBOARD" &&
    get_module "$1" "github.com/pulumi/pulumi/pkg/v3@v$PULUMI_VERSION" &&
    build_in_module "$1" "$PULUMI/pulumi" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION"
}

# build_pulumi_kubernetes FOLDER: in a copy of its module, since two of its files are generated.
build_pulumi_kubernetes() {
  local own command="$1/cmd/pulumi-resource-kubernetes"
  [ ! -x "$PULUMI/pulumi-resource-kubernetes" ] || return 0
  own=$(print_module_folder "$PULUMI_KUBERNETES@v$PULUMI_KUBERNETES_VERSION") || return 1
  cp -R "$own" "$1" && chmod -R u+w "$1" || return 1
  in_module "$1" go mod edit -dropreplace "$PULUMI_KUBERNETES_SDK" \
    -require "$PULUMI_KUBERNETES_SDK@v$PULUMI_KUBERNETES_SDK_VERSION" &&
    VERSION="$PULUMI_KUBERNETES_VERSION" in_module "$command" go run -mod=mod ./generate.go &&
    build_in_module "$1" "$PULUMI/pulumi-resource-kubernetes" \
      "$PULUMI_KUBERNETES/cmd/pulumi-resource-kubernetes" \
      "-X $PULUMI_KUBERNETES/pkg/version.Version=$PULUMI_KUBERNETES_VERSION"
}
