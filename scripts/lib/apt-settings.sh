# shellcheck shell=bash
# Sourced after packages.sh: gives this machine's apt settings (mirror, proxy, allowed age of an
# index) to the builds of images. The images do not contain them afterwards.

APT_SETTINGS="$ROOT/.tools/apt"
APT_SETTINGS_IN_BUILD=/run/host-apt

# The arguments for `podman run`. `podman build` takes the variable as an argument instead.
# shellcheck disable=SC2034 # other scripts use it
APT_MOUNT=(--volume "$APT_SETTINGS:$APT_SETTINGS_IN_BUILD:ro" --env "APT_CONFIG=$APT_SETTINGS_IN_BUILD/apt.conf")

# write_apt_settings SUITE: writes `sources.list` and `options.conf` for Debian's SUITE, and an
# `apt.conf` that points to both. Other distributions, and machines before their first `apt-get
# update`, know no mirror of Debian. Then the image's own sources stay in use.
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

# Prints the options with which this machine's apt reaches its mirrors, if there are any.
list_apt_options() {
  apt-config dump 2>/dev/null |
    grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|Retries)[: ]' || true
}

# list_sources SUITE: prints one-line sources from the mirrors of this machine's own release of
# Debian. It finds them by the label in their signed index, for any host name.
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
