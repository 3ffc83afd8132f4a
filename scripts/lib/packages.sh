# shellcheck shell=bash
# Sourced after toolchain.sh: installs Debian packages that a script needs.

# use_packages COMMAND[=PACKAGE]…: installs the package of every missing command (or /path). If it
# may not or cannot, it fails and names the packages.
use_packages() {
  local packages=()
  mapfile -t packages < <(list_missing_packages "$@")
  [ "${#packages[@]}" -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "missing packages (with Debian's names): ${packages[*]}; install them, then run this again"
    return 1
  fi
  say "installing ${packages[*]}"
  update_package_lists_once
  run_apt_get install --yes --no-install-recommends "${packages[@]}" || {
    say "apt-get could not install ${packages[*]}; its output is above"
    return 1
  }
}

# list_missing_packages COMMAND[=PACKAGE]…: prints a line for each. By default the package has the
# name of its command.
list_missing_packages() {
  local wanted
  for wanted in "$@"; do
    has_program "${wanted%%=*}" || printf '%s\n' "${wanted#*=}"
  done
}

# has_program COMMAND|/PATH: also looks in sbin and libexec, which may be missing in PATH.
has_program() {
  case "$1" in
    /*) [ -e "$1" ] ;;
    *) PATH="$PATH:/usr/sbin:/sbin:/usr/lib/podman:/usr/libexec/podman" command -v "$1" >/dev/null ;;
  esac
}

update_package_lists_once() {
  [ -z "${PACKAGE_LISTS_ARE_FRESH:-}" ] || return 0
  run_apt_get update || say "apt-get update failed; using the present package lists"
  export PACKAGE_LISTS_ARE_FRESH=1
}

run_apt_get() {
  DEBIAN_FRONTEND=noninteractive quietly apt-get --quiet --option DPkg::Lock::Timeout=120 "$@"
}

# quietly COMMAND…: prints the command's output only if it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || {
    say "$output"
    return 1
  }
}
