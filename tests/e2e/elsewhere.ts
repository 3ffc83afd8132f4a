import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Appliance, type CommandResult, runCommand } from '@registry-cache/testbed';
import { IMAGE } from './inside.ts';

/** A folder of a machine that has nothing of a cache but its certificate. */
export interface Elsewhere {
  /** The network of the cache. */
  readonly network: string;
  /** It is `/files` there. */
  readonly folder: string;
}

/** Runs the command line in a container of its own, which asks the admin API of a cache. */
export async function runElsewhere(
  { network, folder }: Elsewhere,
  appliance: Appliance,
  login: string,
  argv: readonly string[],
): Promise<CommandResult> {
  const format = '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const { stdout } = await runCommand('podman', ['inspect', format, appliance.id]);
  await writeFile(join(folder, 'ca.crt'), appliance.ca);
  return runCommand('podman', [
    ...['run', '--rm', '--pull=never', '--no-healthcheck', `--network=${network}`],
    ...[`--add-host=cache.test:${stdout.trim()}`, `--volume=${folder}:/files`],
    ...[`--env=REGISTRY_CACHE_LOGIN=${login}`, IMAGE],
    ...['registry-cache', '--server', 'https://cache.test:8445', '--ca', '/files/ca.crt', ...argv],
  ]);
}
