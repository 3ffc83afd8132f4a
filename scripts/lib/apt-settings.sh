# shellcheck shell=bash
# Sourced after packages.sh: carries over to the images that are built here how this machine's
# apt reaches Debian (mirror, proxy, how old an index may be), without leaving it in them.

APT_SETTINGS="$ROOT/.tools/apt"
APT_SETTINGS_IN_BUILD=/run/host-apt

# What gives them to `podman run`; `podman build` takes the variable as an argument instead.
# shellcheck disable=SC2034 # for those who source this
APT_MOUNT=(--volume "$APT_SETTINGS:$APT_SETTINGS_IN_BUILD:ro" --env "APT_CONFIG=$APT_SETTINGS_IN_BUILD/apt.conf")

# write_apt_settings SUITE: `sources.list` and `options.conf` for Debian's SUITE, and an
# `apt.conf` that points to both. No mirror is known on other distributions, or before the
# first `apt-get update`: then the image's own sources stand.
write_apt_settings() {
  mkdir -p "$APT_SETTINGS"
  list_sources "$1" >"$APT_SETTINGS/sources.list"
  list_apt_options >"$APT_SETTINGS/options.conf"
  {
    cat "$APT_SETTINGS/options.conf"
    if [ -s "$APT_SETTINGS/sources.list" ]; then
      printf 'Dir::Etc::SourceList "%s/sources.list";\n' "$APT_SETTINGS_IN_BUILD"
      printf 'Dir::Etc::SourceParts "/dev/null";\n'
    fi
  } >"$APT_SETTINGS/apt.conf"
}

# What this machine's apt was told of the way to its mirrors; may be nothing.
list_apt_options() {
  apt-config dump 2>/dev/null |
    grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|Retries)[: ]' || true
}

# list_sources SUITE: one-line sources from the mirrors that this machine uses for its own
# release of Debian, found by the label in their signed index, whatever they are called.
list_sources() {
  # shellcheck disable=SC2016 # apt fills these in
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 2>/dev/null |
    awk -F '|' -v suite="$1" '
      $1 == "Debian" && !seen[$2]++ { mirror[$2] = $3 }
      END {
        if (!("Debian" in mirror)) exit
        print "deb", mirror["Debian"], suite, "main"
        print "deb", mirror["Debian"], suite "-updates", "main"
        if ("Debian-Security" in mirror) print "deb", mirror["Debian-Security"], suite "-security", "main"
      }'
}
