import { join } from 'node:path';
import { type CommandResult, runCommand } from '../run-command.ts';
import { type ClientOptions, makeClientHome } from './client-home.ts';

export interface SkopeoClient extends AsyncDisposable {
  run(...args: string[]): Promise<CommandResult>;
  /** The reference has no transport: `127.0.0.1:8443/quay.io/podman/hello:latest`. */
  inspect(reference: string, ...flags: string[]): Promise<CommandResult>;
  listTags(repository: string): Promise<CommandResult>;
  /** Copies into a new folder, which the result names as `folder`. */
  copy(reference: string, ...flags: string[]): Promise<CommandResult & { readonly folder: string }>;
  remove(): Promise<void>;
}

/** A skopeo with its own logins and certificates. */
export async function createSkopeoClient(options: ClientOptions): Promise<SkopeoClient> {
  const home = await makeClientHome('skopeo', options);
  let copies = 0;
  const run = (...args: string[]) => runCommand('skopeo', args, { env: home.env });
  return {
    run,
    inspect: (reference, ...flags) =>
      run('inspect', `--cert-dir=${home.certDir}`, ...flags, `docker://${reference}`),
    listTags: (repository) =>
      run('list-tags', `--cert-dir=${home.certDir}`, `docker://${repository}`),
    copy: async (reference, ...flags) => {
      copies += 1;
      const folder = join(home.path, `copy-${copies}`);
      const certificates = `--src-cert-dir=${home.certDir}`;
      const result = await run(
        'copy',
        certificates,
        ...flags,
        `docker://${reference}`,
        `dir:${folder}`,
      );
      return { ...result, folder };
    },
    remove: home.remove,
    [Symbol.asyncDispose]: home.remove,
  };
}
