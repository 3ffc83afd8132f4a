# shellcheck shell=bash
# Sourced by up after pod.sh: checks the running appliance as a client.

wait_until_serving() {
  local home=$1 deadline=$((SECONDS + 60))
  until [[ $(api_status "$home") =~ ^(200|401)$ ]]; do
    if ! podman container inspect -f '{{.State.Running}}' "$CONTAINER" 2>/dev/null | grep -q true ||
      [ "$SECONDS" -gt "$deadline" ]; then
      podman logs "$CONTAINER" >&2 || true
      die "the appliance does not serve; its log is above"
    fi
    sleep 0.2
  done
}

# api_status HOME: prints the status of /v2/: 200, or 401 where login is on.
api_status() {
  curl -s --cacert "$1/certs/certs.pem" -o /dev/null -w '%{http_code}' https://localhost:8443/v2/ || true
}

served_registries() {
  podman exec "$CONTAINER" sh -c 'cut -d/ -f3- /run/registry-cache/etc/haproxy/prefixes.map' |
    sed 's#/ .*##' | sort -u | paste -sd' ' -
}

# try_pulls HOME IMAGE: pulls it twice, unless that needs a password.
try_pulls() {
  if [ "$(api_status "$1")" = 401 ]; then
    say "login is on, so no image was pulled; log in: podman login localhost:8443"
  else
    pull_twice "$@"
  fi
}

# pull_twice HOME IMAGE: pulls it twice with a real client that has no part of it, and prints HIT
# or MISS of the manifest from the access log. Layers may be prefetched, so they do not count.
pull_twice() {
  local home=$1 image=$2 work status=0 turn before
  work=$(mktemp -d)
  mkdir "$work/certs"
  without_key "$home/certs/certs.pem" >"$work/certs/ca.crt"
  for turn in first second; do
    before=$(count_lines "$(manifest_caches)")
    skopeo copy --quiet --src-cert-dir "$work/certs" \
      "docker://localhost:8443/$image" "dir:$work/$turn" 2>"$work/error" || {
      say "the $turn pull of $image failed: $(tail -n 1 "$work/error" | sed 's/^time=.* msg=//')"
      say "for the cause, see: podman logs $CONTAINER"
      status=1
      break
    }
    say "the $turn pull of localhost:8443/$image: $(newest_manifest_cache "$before")"
  done
  rm -rf "$work"
  return "$status"
}

without_key() { sed '/PRIVATE KEY/,/PRIVATE KEY/d' "$1"; }

# newest_manifest_cache COUNT: waits until the access log has more than COUNT manifests, and
# prints HIT or MISS of the newest. A line is written a moment after the end of its request.
newest_manifest_cache() {
  local caches='' deadline=$((SECONDS + 10))
  while [ "$SECONDS" -le "$deadline" ]; do
    caches=$(manifest_caches)
    [ "$(count_lines "$caches")" -gt "$1" ] && break
    sleep 0.1
  done
  tail -n 1 <<<"$caches"
}

count_lines() { grep -c . <<<"$1" || true; }

# Prints HIT or MISS for each served manifest, oldest first.
manifest_caches() {
  podman exec "$CONTAINER" registry-cache logs --json |
    sed -n '/"kind": "manifest"/s/.*"cache": "\([A-Z]*\)".*/\1/p'
}

# print_next_steps HOME IMAGE [--demo]: every printed line works in a root shell as it stands.
print_next_steps() {
  local home image=$2 demo=${3:-} scripts page
  home=$(printf %q "$1")
  scripts=$(printf %q "$ROOT/scripts")
  page=
  if [ -n "$demo" ]; then
    page=$'\n  page    # https://localhost:8445/ in a browser, which warns of the self-signed certificate'
  fi
  cat <<END

  trust   mkdir -p /etc/containers/certs.d/localhost:8443
          sed '/PRIVATE KEY/,/PRIVATE KEY/d' $home/certs/certs.pem > /etc/containers/certs.d/localhost:8443/ca.crt
  pull    podman pull localhost:8443/$image
  log in  podman exec --interactive $CONTAINER registry-cache htpasswd USER >>$home/auth/htpasswd
          # then set REGISTRY_AUTH=htpasswd in deployment.yaml, and start and log in again:
          # $scripts/up${demo:+ }$demo && podman login localhost:8443
  look    podman exec $CONTAINER registry-cache logs --follow
          podman logs --follow $CONTAINER$page
  stop    $scripts/down
END
}
