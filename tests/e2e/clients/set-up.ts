import { basicAuthorization, type Credentials, type Machine } from '@registry-cache/testbed';
import { CACHE, type Cache } from './client-stage.ts';

/** Runs the cache's set-up script on the client's machine, as an operator does. */
export async function setUpByCache(
  machine: Machine,
  { appliance }: Pick<Cache, 'appliance'>,
  client: 'podman' | 'docker' | 'containerd' | 'containerd-default',
  address = CACHE,
): Promise<void> {
  const command = ['registry-cache', 'client', client, '--address', address, '--script'];
  const { stdout: script } = await appliance.exec(command);
  // Debian's package brings this file, and the script does not overwrite foreign files.
  await machine.run('rm', ['--force', '/etc/containerd/config.toml']);
  const { exitCode, stdout, stderr } = await machine.run('sh', ['-s'], { input: script });
  if (exitCode !== 0) throw new Error(`the set-up of ${client}: ${stdout}${stderr}`);
}

/** Writes the login into a hosts.toml of the set-up, at the place that its comment names. */
export async function writeLogin(
  machine: Machine,
  file: string,
  credentials: Credentials,
): Promise<void> {
  const text = await machine.read(file);
  const login = text.replace(
    /^ {2}# (\[host\.".*"\.header\])\n {2}# {3}Authorization = .*$/m,
    (_, table: string) => `${table}\nAuthorization = ["${basicAuthorization(credentials)}"]`,
  );
  await machine.write(file, login);
}
