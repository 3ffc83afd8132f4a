# shellcheck shell=bash
# Sourced after packages.sh: provides the browser in which tests and pictures show the page of the
# admin listener.

# use_browser: installs Debian's chromium, and the fonts that the pictures are made with. npm has the
# rest: playwright-core drives it, and axe-core checks what it shows.
use_browser() {
  use_packages chromium /usr/share/fonts/truetype/liberation=fonts-liberation || {
    say "the tests of the page fail without chromium"
    return 1
  }
}
