# shellcheck shell=bash
# Sourced after toolchain.sh: builds a program in a Go module that is made for it. `go install` cannot
# build programs whose own module replaces parts of it.

# in_module FOLDER COMMAND…: runs a command of Go there, without regard to a go.work above it.
in_module() {
  (cd "$1" && GOWORK=off quietly "${@:2}")
}

# get_module FOLDER MODULE@VERSION: makes a module that requires it. A go.mod that is there counts.
get_module() {
  { [ -e "$1/go.mod" ] || in_module "$1" go mod init build; } && in_module "$1" go get "$2"
}

# build_in_module FOLDER PROGRAM PACKAGE [FLAGS]: builds the program, a path, unless it is there.
build_in_module() {
  local name=${2##*/}
  [ ! -x "$2" ] || return 0
  say "building $name"
  CGO_ENABLED=0 in_module "$1" nice go build -mod=mod -trimpath -ldflags "-s -w ${4:-}" \
    -o "$1/$name.built" "$3" && mv "$1/$name.built" "$2"
}

# print_module_folder MODULE@VERSION: downloads it, and prints the folder of its source.
print_module_folder() {
  local folder
  folder=$(cd / && GOWORK=off go mod download -json "$1" | sed -nE 's/^\s*"Dir": "(.*)",?$/\1/p')
  [ -n "$folder" ] && printf '%s\n' "$folder"
}
