# shellcheck shell=bash disable=SC2034 # other scripts read CONTAINER
# Sourced by up and down: the pod of deployment.yaml and its container.

POD=registry
# podman joins the names of the pod and of its container `cache`.
CONTAINER=registry-cache
# The pod's name in earlier versions.
FORMER_POD=registry-cache

# is_ours POD: whether it runs and has the label of deployment.yaml. `registry` is a name that
# other pods may have.
is_ours() {
  [ "$(podman pod inspect --format '{{.Labels.app}}' "$1" 2>/dev/null)" = registry-cache ]
}

# require_pod_name: ends up where another pod has the name, since --replace would remove that pod.
require_pod_name() {
  if podman pod exists "$POD" && ! is_ours "$POD"; then
    die "there is a pod '$POD' that is not of this program; rename or remove it (podman pod ls)"
  fi
}

# play [FLAG…]: starts the pod on standard input, and replaces an earlier one of ours.
play() {
  if is_ours "$FORMER_POD"; then without_harmless podman pod rm --force "$FORMER_POD" >/dev/null; fi
  without_harmless podman play kube --replace "$@" - >/dev/null
}

# stop_appliance: returns 0 if it has stopped the pod.
stop_appliance() {
  local pod stopped=1
  for pod in "$POD" "$FORMER_POD"; do
    is_ours "$pod" || continue
    without_harmless podman pod rm --force "$pod" >/dev/null
    stopped=0
  done
  return "$stopped"
}
