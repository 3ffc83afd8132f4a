import { join } from 'node:path';
import { runAtExit } from '../at-exit.ts';
import type { Credentials } from '../http-client.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import { type ClientOptions, makeClientHome } from './client-home.ts';
import { type PromptResult, runOnTerminal } from './prompt.ts';

export interface PodmanClient extends AsyncDisposable {
  /** Runs any command on this client's own storage. */
  run(...args: string[]): Promise<CommandResult>;
  pull(reference: string, ...flags: string[]): Promise<CommandResult>;
  /** Types user name and password at the real prompts. */
  login(registry: string, credentials: Credentials): Promise<PromptResult>;
  /** Removes every image, so that the next pull fetches all of it. */
  removeImages(): Promise<CommandResult>;
  remove(): Promise<void>;
}

/** A podman with its own storage, logins and certificates, which are removed with it. */
export async function createPodmanClient(options: ClientOptions): Promise<PodmanClient> {
  const home = await makeClientHome('podman', options);
  const root = join(home.path, 'root');
  const storage = [
    `--root=${root}`,
    `--runroot=${join(home.path, 'runroot')}`,
    `--tmpdir=${join(home.path, 'tmp')}`,
  ];
  const run = (...args: string[]) => runCommand('podman', [...storage, ...args], { env: home.env });
  const removeImages = () => run('rmi', '--all', '--force');
  // podman mounts this folder over itself. `system reset` would also remove other stores' networks.
  const overlay = join(root, 'overlay');
  const unmounted = runAtExit('umount', overlay);
  const remove = async () => {
    await removeImages();
    await runCommand('umount', [overlay]);
    unmounted();
    await home.remove();
  };
  return {
    run,
    pull: (reference, ...flags) =>
      run('pull', '--quiet', `--cert-dir=${home.certDir}`, ...flags, reference),
    login: async (registry, { username, password }) => {
      // podman would not ask while an earlier login still works.
      await run('logout', registry);
      return runOnTerminal(
        'podman',
        [...storage, 'login', `--cert-dir=${home.certDir}`, registry],
        [
          { prompt: /Username.*: ?$/, text: username },
          { prompt: /Password: ?$/, text: password },
        ],
        { env: home.env },
      );
    },
    removeImages,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
