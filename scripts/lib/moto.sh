# shellcheck shell=bash
# Sourced after packages.sh: provides moto, a server that speaks S3, in `.tools/moto/bin`. The bench
# of the bucket uses it, because distribution's driver asks for lists of multipart uploads.

MOTO="$ROOT/.tools/moto"
MOTO_VERSION=5.2.5

# use_moto: installs it for Python, in a folder of its own.
use_moto() {
  [ ! -x "$MOTO/bin/moto_server" ] || return 0
  use_packages python3 || return 1
  python3 -c 'import ensurepip, venv' 2>/dev/null || use_packages /no-python3-venv=python3-venv || return 1
  say "installing moto"
  rm -rf "$MOTO"
  make_moto || {
    say "moto could not be installed; pip must reach its package index"
    return 1
  }
}

make_moto() {
  quietly python3 -m venv "$MOTO" &&
    quietly "$MOTO/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$MOTO_VERSION"
}
