#!/bin/sh
# Makes k3s pull through registry-cache at %[var(txn.address)].
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
  put '/etc/rancher/k3s/registries.yaml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
mirrors:
  "docker.io":
    endpoint:
      - "https://%[var(txn.address)]"
  "quay.io":
    endpoint:
      - "https://%[var(txn.address)]"
  "reg.example.com:5000":
    endpoint:
      - "https://%[var(txn.address)]"
  "us-central1-docker.pkg.dev":
    endpoint:
      - "https://%[var(txn.address)]"
configs:
  "%[var(txn.address)]":
    tls:
      ca_file: "/etc/rancher/k3s/registry-cache-ca.crt"
END_OF_FILE
  put '/etc/rancher/k3s/registry-cache-ca.crt' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
GOLDEN CERTIFICATE
END_OF_FILE
  echo 'then: systemctl restart k3s, on agents k3s-agent'
  exit "$left"
}

# At the end, so that half a script does nothing.
main
