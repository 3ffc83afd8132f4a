import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** Runs a command of shell by `without_harmless`. */
function run(command: string) {
  const script = `set -euo pipefail; ROOT=${ROOT}
    . "$ROOT/scripts/lib/podman.sh"; without_harmless bash -c "$0"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, command], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it('scripts hide the lines of podman that mean only a missing systemd or syslog', () => {
  const lines = [
    'time="x" level=error msg="unable to get systemd connection to add healthchecks: dial unix /run/systemd/private: connect: no such file or directory"',
    'time="x" level=error msg="Removing timer for container 1 healthcheck: unable to get systemd connection to remove healthchecks: dial unix /run/systemd/private: connect: no such file or directory"',
    'failed to connect to syslog: Initialization',
  ];
  const command = `echo out; printf '%s\\n' '${lines.join("' '")}' 'Error: no such image' >&2`;
  expect(run(command)).toEqual({ status: 0, stdout: 'out\n', stderr: 'Error: no such image\n' });
});

it.each([
  ['level=error msg="unable to get systemd connection to add healthchecks: permission denied"', 0],
  ['level=warning msg="cgroupv2 manager is set to systemd"', 0],
  ['Error: something', 125],
])('scripts show %j, and keep the status %i', (line, status) => {
  expect(run(`echo '${line}' >&2; exit ${status}`)).toEqual({
    status,
    stdout: '',
    stderr: `${line}\n`,
  });
});
