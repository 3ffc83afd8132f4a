import { join } from 'node:path';
import { findFreePort, makeTemporaryFolder, until } from '@registry-cache/testbed';
import { startDaemon } from '../../../packages/testbed/src/registry/daemon.ts';

/** A server that speaks S3, also the parts of it that distribution's driver needs. */
export interface Moto extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
}

const PROGRAM = join(import.meta.dirname, '../../../.tools/moto/bin/moto_server');

/** Any credentials are accepted. */
export const MOTO_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };

/**
 * Starts moto, which `scripts/bench/run` installs, with these buckets, in memory.
 * @throws if it is missing or does not start.
 */
export async function startMoto(host: string, buckets: readonly string[]): Promise<Moto> {
  const folder = await makeTemporaryFolder('moto');
  const port = await findFreePort(host);
  const url = `http://${host}:${port}`;
  const daemon = await startDaemon({
    file: PROGRAM,
    args: ['--host', host, '--port', String(port)],
    env: {},
    stdoutFile: join(folder.path, 'stdout.log'),
    stderrFile: join(folder.path, 'stderr.log'),
  });
  for (const bucket of buckets) {
    await until(`moto has the bucket ${bucket}`, async () => {
      const answer = await fetch(`${url}/${bucket}`, { method: 'PUT' }).catch(() => undefined);
      return answer?.ok;
    });
  }
  return {
    url,
    stop: () => daemon.stop(),
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
