import { quoteShell } from '../escape/escape.ts';
import { type ClientFile, type ClientPlan, type ClientSetup, MARK } from './setup.ts';

/**
 * A POSIX shell script that writes the files of a plan. It can run again, and it leaves files of
 * others alone.
 */
export function renderInstallScript(setup: ClientSetup, who: string, plan: ClientPlan): string {
  return `#!/bin/sh
# Makes ${who} pull through registry-cache at ${setup.address}.
# Run it as root, or with ROOT=/a/folder to write below that folder. It never changes a file of
# somebody else: it prints the lines that belong into that file, and ends with status 1.
set -eu
umask 022
left=0

# put PATH MODE [SIGN]: writes standard input to PATH, unless that is a file of somebody else. Such a
# file needs no change if it has SIGN in it.
put() {
  target=\${ROOT:-}$1
  mkdir -p "$(dirname "$target")"
  cat >"$target.new"
  chmod "$2" "$target.new"
  if [ ! -e "$target" ]; then
    mv "$target.new" "$target"
    echo "wrote $target"
  elif [ "$(cat "$target")" = "$(cat "$target.new")" ]; then
    rm "$target.new"
    echo "unchanged: $target"
  elif head -n 1 "$target" | grep -q ${quoteShell(`^${MARK}`)}; then
    cp -p "$target" "$target.old"
    mv "$target.new" "$target"
    echo "replaced $target, which is now $target.old"
  elif [ -n "\${3:-}" ] && grep -v '^ *#' "$target" | grep -qF -e "$3"; then
    rm "$target.new"
    echo "has it already: $target"
  else
    echo "not changed, because it is not from here: $target; this belongs into it:" >&2
    sed 's/^/    /' "$target.new" >&2
    rm "$target.new"
    left=1
  fi
}

main() {
  if [ -z "\${ROOT:-}" ] && [ "$(id -u)" != 0 ]; then
    echo 'this writes below /etc: run it as root, or with ROOT=/a/folder' >&2
    exit 1
  fi
${plan.files.map(formatPut).join('\n')}
${plan.notes.map((note) => `  echo ${quoteShell(`then: ${note}`)}\n`).join('')}  exit "$left"
}

# At the end, so that half a script does nothing.
main
`;
}

function formatPut({ path, content, mode, sign }: ClientFile): string {
  const args = [path, mode.toString(8), ...(sign === undefined ? [] : [sign])];
  return `  put ${args.map(quoteShell).join(' ')} ${formatHeredoc(content, 'END_OF_FILE')}`;
}

/**
 * `<<'END'` and the text as it is.
 *
 * @throws for a text that would end it early.
 */
export function formatHeredoc(text: string, end: string): string {
  if (!text.endsWith('\n') || text.includes('\0') || text.split('\n').includes(end)) {
    throw new Error(`a shell cannot take this by <<${end}`);
  }
  return `<<'${end}'\n${text}${end}`;
}
