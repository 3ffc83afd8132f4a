# shellcheck shell=bash
# Sourced after toolchain.sh: provides s3s-fs, a server that speaks S3 and checks signatures, in
# `.tools/bin`. The tests of the bucket use it. It takes two minutes to build, once.

S3_SERVER_VERSION=0.14.1

# use_s3_server: builds it with this machine's cargo. Debian's is too old.
use_s3_server() {
  [ ! -x "$ROOT/.tools/bin/s3s-fs" ] || return 0
  say "building s3s-fs"
  make_s3_server || {
    say "s3s-fs could not be built; install Rust 1.92 or newer, whose cargo must reach its registry"
    return 1
  }
}

make_s3_server() {
  local folder="$ROOT/.tools/s3s-fs.building" status
  mkdir -p "$ROOT/.tools/bin"
  (cd / && quietly nice cargo install --quiet --locked s3s-fs --version "$S3_SERVER_VERSION" \
    --features binary --root "$folder") && mv "$folder/bin/s3s-fs" "$ROOT/.tools/bin/s3s-fs"
  status=$?
  rm -rf "$folder"
  return "$status"
}
