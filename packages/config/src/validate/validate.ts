import { join } from 'node:path';
import { execa } from 'execa';
import type { RunUser } from '../machine/run-user.ts';

/** A real program refused its rendered configuration. */
export class RefusedConfigurationError extends Error {
  readonly code = 'REFUSED_CONFIGURATION';
  readonly hint = 'this is a defect of registry-cache: its own checks let the input pass';
  readonly program: string;

  constructor(program: string, output: string) {
    super(`${program} refuses its configuration: ${output}`);
    this.name = 'RefusedConfigurationError';
    this.program = program;
  }
}

interface Check {
  readonly program: string;
  readonly args: readonly string[];
}

/** The programs that can check a configuration of their own. */
export interface CheckedPrograms {
  readonly haproxy: boolean;
  readonly nginx: boolean;
  readonly rsyslog: boolean;
}

/**
 * Asks HAProxy, nginx and rsyslog whether they accept a staged configuration, all at once.
 *
 * @param programs - The programs whose configuration changed.
 * @throws RefusedConfigurationError with the output of the first program that refuses.
 */
export async function validateTree(
  stagedDir: string,
  user: RunUser | undefined,
  programs: CheckedPrograms = { haproxy: true, nginx: true, rsyslog: true },
): Promise<void> {
  const etc = join(stagedDir, 'etc');
  await Promise.all(buildChecks(etc, programs).map((check) => runCheck(check, user)));
}

function buildChecks(etc: string, programs: CheckedPrograms): readonly Check[] {
  return [
    ...(programs.haproxy
      ? [{ program: 'haproxy', args: ['-c', '-q', '-f', join(etc, 'haproxy/haproxy.cfg')] }]
      : []),
    ...(programs.nginx
      ? [{ program: 'nginx', args: ['-t', '-q', '-c', join(etc, 'nginx.conf')] }]
      : []),
    ...(programs.rsyslog
      ? [{ program: 'rsyslogd', args: ['-N1', '-f', join(etc, 'rsyslog/rsyslog.conf')] }]
      : []),
  ];
}

async function runCheck({ program, args }: Check, user: RunUser | undefined): Promise<void> {
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  const result = await execa(program, args, {
    ...identity,
    all: true,
    reject: false,
    timeout: 20_000,
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  if (result.exitCode !== 0) {
    const output = (result.all || (result.shortMessage ?? '')).trim().split('\n').slice(0, 5);
    throw new RefusedConfigurationError(program, output.join(' | '));
  }
}
