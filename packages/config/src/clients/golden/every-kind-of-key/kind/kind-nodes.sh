#!/bin/sh
# Written by registry-cache; its next set-up replaces this file.
# Makes the nodes of a kind cluster pull through cache.example.com:8443. The cluster is the one that
# KIND_CLUSTER_NAME names; with KIND_EXPERIMENTAL_PROVIDER=podman its nodes are podman's.
set -eu

main() {
  nodes=$(kind get nodes --name "${KIND_CLUSTER_NAME:-kind}")
  if [ -z "$nodes" ]; then
    echo 'there is no such cluster: kind create cluster' >&2
    exit 1
  fi
  for node in $nodes; do
    echo "$node:"
    "${KIND_EXPERIMENTAL_PROVIDER:-docker}" exec -i "$node" sh <<'END_OF_NODE_SCRIPT'
#!/bin/sh
# Makes a node of kind pull through registry-cache at cache.example.com:8443.
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
  put '/etc/containerd/certs.d/docker.io/hosts.toml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
server = "https://registry-1.docker.io"

[host."https://cache.example.com:8443/v2/docker.io"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"
  override_path = true
END_OF_FILE
  put '/etc/containerd/certs.d/quay.io/hosts.toml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
server = "https://quay.io"

[host."https://cache.example.com:8443/v2/quay.io"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"
  override_path = true
END_OF_FILE
  put '/etc/containerd/certs.d/reg.example.com:5000/hosts.toml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
server = "https://reg.example.com:5000"

[host."https://cache.example.com:8443/v2/reg.example.com_5000"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"
  override_path = true
END_OF_FILE
  put '/etc/containerd/certs.d/ghcr.io/hosts.toml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
server = "https://ghcr.io"

[host."https://cache.example.com:8443/v2/ghcr.io"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"
  override_path = true
END_OF_FILE
  put '/etc/containerd/certs.d/cache.example.com:8443/hosts.toml' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
server = "https://cache.example.com:8443"
ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"

[host."https://cache.example.com:8443"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/certs.d/cache.example.com:8443/ca.crt"
END_OF_FILE
  put '/etc/containerd/certs.d/cache.example.com:8443/ca.crt' '644' <<'END_OF_FILE'
# Written by registry-cache; its next set-up replaces this file.
-----BEGIN CERTIFICATE-----
R09MREVO
-----END CERTIFICATE-----
END_OF_FILE
  put '/etc/containerd/config.toml' '644' '/etc/containerd/certs.d' <<'END_OF_FILE'
version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = "/etc/containerd/certs.d"
END_OF_FILE
  echo 'then: systemctl restart containerd, if config.toml is new; hosts.toml is read at each pull'
  exit "$left"
}

# At the end, so that half a script does nothing.
main
END_OF_NODE_SCRIPT
  done
}

# At the end, so that half a script does nothing.
main
