# shellcheck shell=bash
# Sourced by the scripts: puts Node.js 24 and pnpm on PATH. Missing programs are fetched by npm
# into .tools/, never into the system.

NODE_MAJOR=24
NODE_VERSION=24.21.0
PNPM_VERSION=10.34.8

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

use_node() {
  local tools="$ROOT/.tools"
  PATH="$tools/bin:$PATH"
  if [ "$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/')" != "$NODE_MAJOR" ] || ! [ -x "$tools/bin/pnpm" ]; then
    command -v npm >/dev/null || die "npm was not found; install Node.js $NODE_MAJOR (it brings npm), then run this again"
    local arch
    case "$(uname -m)" in
      x86_64) arch=x64 ;;
      aarch64) arch=arm64 ;;
      *) die "npm has no Node.js build for $(uname -m); install Node.js $NODE_MAJOR yourself" ;;
    esac
    mkdir -p "$tools/bin"
    [ -f "$tools/package.json" ] || echo '{"private":true}' >"$tools/package.json"
    say "fetching Node.js $NODE_VERSION and pnpm $PNPM_VERSION into .tools/"
    npm install --prefix "$tools" --no-audit --no-fund --silent \
      "node-linux-$arch@$NODE_VERSION" "pnpm@$PNPM_VERSION" >&2
    ln -sf "../node_modules/node-linux-$arch/bin/node" "$tools/bin/node"
    printf '#!/bin/sh\nexec "%s/bin/node" "%s/node_modules/pnpm/bin/pnpm.cjs" "$@"\n' "$tools" "$tools" >"$tools/bin/pnpm"
    chmod +x "$tools/bin/pnpm"
  fi
  export PATH
}

install_packages() {
  (cd "$ROOT" && pnpm install --frozen-lockfile --silent)
}
