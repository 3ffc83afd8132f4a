# shellcheck shell=bash
# Sourced by up and down: an upstream registry for the demo, on its own network, so that the
# appliance can be tried without an outside registry.

DEMO_NETWORK=registry-cache-demo
DEMO_UPSTREAM=registry-cache-demo-upstream
# What the demo's appliance calls that registry.
DEMO_REGISTRY=registry.demo
DEMO_HOME=${XDG_STATE_HOME:-$HOME/.local/state}/registry-cache-demo

start_demo_upstream() {
  podman network exists "$DEMO_NETWORK" || podman network create "$DEMO_NETWORK" >/dev/null
  podman rm -f -t 0 "$DEMO_UPSTREAM" >/dev/null 2>&1 || true
  # The image contains a registry, the engine. Here it is the upstream.
  without_harmless podman run -d --no-healthcheck --name "$DEMO_UPSTREAM" --network "$DEMO_NETWORK" -p 127.0.0.1::5000 \
    --entrypoint /bin/bash -e OTEL_TRACES_EXPORTER=none "$IMAGE" -c '
      printf "version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: /tmp/upstream}}\nhttp: {addr: \":5000\"}\n" >/tmp/upstream.yml
      exec /usr/local/bin/registry serve /tmp/upstream.yml' >/dev/null
  local address
  address=$(podman port "$DEMO_UPSTREAM" 5000/tcp)
  node "$ROOT/scripts/lib/push-demo-image.ts" "http://$address" demo/hello latest
}

# Writes the files that the demo's appliance reads instead of /opt/registry.
write_demo_home() {
  mkdir -p "$DEMO_HOME"/{auth,certs,data}
  printf '{"auths": {"%s": {}}}\n' "$DEMO_REGISTRY" >"$DEMO_HOME/pull-secret.json"
  cat >"$DEMO_HOME/registry-cache.yaml" <<END
upstreams:
  $DEMO_REGISTRY:
    url: http://$DEMO_UPSTREAM:5000
    aliases: [demo]
# The page is open to everybody on this machine, and to containers in the network of the demo.
access:
  view: [anonymous]
END
}

# stop_demo_upstream: returns 0 if it has stopped the upstream.
stop_demo_upstream() {
  podman container exists "$DEMO_UPSTREAM" || return 1
  without_harmless podman rm -f -t 0 "$DEMO_UPSTREAM" >/dev/null
  podman network rm -f "$DEMO_NETWORK" >/dev/null 2>&1 || true
}
