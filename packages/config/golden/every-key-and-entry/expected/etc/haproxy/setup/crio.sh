#!/bin/sh
# Makes CRI-O pull through registry-cache at %[var(txn.address)].
# Run it as root, or with ROOT=/a/folder to write below that folder. It never changes a file of
# somebody else: it prints the lines that belong into that file, and ends with status 1.
set -eu
umask 022
left=0

# put PATH MODE [SIGN]: writes standard input to PATH, unless that is a file of somebody else. Such a
# file needs no change if it has SIGN in it.
put() {
  target=${ROOT:-}$1
  mkdir -p "$(dirname "$target")"
  cat >"$target.new"
  chmod "$2" "$target.new"
  if [ ! -e "$target" ]; then
    mv "$target.new" "$target"
    echo "wrote $target"
  elif [ "$(cat "$target")" = "$(cat "$target.new")" ]; then
    rm "$target.new"
    echo "unchanged: $target"
  elif head -n 1 "$target" | grep -q '^# Written by registry-cache'; then
    cp -p "$target" "$target.old"
    mv "$target.new" "$target"
    echo "replaced $target, which is now $target.old"
  elif [ -n "${3:-}" ] && grep -v '^ *#' "$target" | grep -qF -e "$3"; then
    rm "$target.new"
    echo "has it already: $target"
  else
    echo "not changed, because it is not from here: $target; this belongs into it:" >&2
    sed 's/^/    /' "$target.new" >&2
    rm "$target.new"
    left=1
  fi
}

main() {
  if [ -z "${ROOT:-}" ] && [ "$(id -u)" != 0 ]; then
    echo 'this writes below /etc: run it as root, or with ROOT=/a/folder' >&2
    exit 1
  fi
  put '/etc/containers/registries.conf.d/50-registry-cache.conf' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.

[[registry]]
prefix = "docker.io"
location = "docker.io"

[[registry.mirror]]
location = "%[var(txn.address)]/docker.io"

[[registry]]
prefix = "quay.io"
location = "quay.io"

[[registry.mirror]]
location = "%[var(txn.address)]/quay.io"

[[registry]]
prefix = "quay.io/org/team"
location = "quay.io/org/team"

[[registry.mirror]]
location = "%[var(txn.address)]/quay.io/org/team"

[[registry]]
prefix = "reg.example.com:5000"
location = "reg.example.com:5000"

[[registry.mirror]]
location = "%[var(txn.address)]/reg.example.com_5000"

[[registry]]
prefix = "us-central1-docker.pkg.dev"
location = "us-central1-docker.pkg.dev"

[[registry.mirror]]
location = "%[var(txn.address)]/us-central1-docker.pkg.dev"
END_OF_FILE
  put '/etc/containers/certs.d/%[var(txn.address)]/ca.crt' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
GOLDEN CERTIFICATE
END_OF_FILE
  echo 'then: systemctl reload crio'
  exit "$left"
}

# At the end, so that half a script does nothing.
main
