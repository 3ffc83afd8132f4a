# shellcheck shell=bash
# Sourced after packages.sh: provides kubernetes-validate, which has the schemas of Kubernetes, in
# `.tools/kubernetes-validate/bin`. The tests of the chart use it.

KUBERNETES_VALIDATE="$ROOT/.tools/kubernetes-validate"
KUBERNETES_VALIDATE_VERSION=1.37.0

# use_kubernetes_validate: installs it for Python, in a folder of its own.
use_kubernetes_validate() {
  [ ! -x "$KUBERNETES_VALIDATE/bin/kubernetes-validate" ] || return 0
  use_packages python3 || return 1
  python3 -c 'import ensurepip, venv' 2>/dev/null || use_packages /no-python3-venv=python3-venv || return 1
  say "installing kubernetes-validate"
  rm -rf "$KUBERNETES_VALIDATE"
  make_kubernetes_validate || {
    say "kubernetes-validate could not be installed; pip must reach its package index"
    return 1
  }
}

make_kubernetes_validate() {
  quietly python3 -m venv "$KUBERNETES_VALIDATE" &&
    quietly "$KUBERNETES_VALIDATE/bin/pip" install --quiet --disable-pip-version-check \
      "kubernetes-validate==$KUBERNETES_VALIDATE_VERSION"
}
