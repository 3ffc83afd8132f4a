import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../free-port.ts';
import { createHttpClient } from '../http-client.ts';
import { type Daemon, startDaemon } from '../registry/daemon.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';

/** A real server that speaks S3, with one bucket, `cache`. It checks signatures and hashes. */
export interface S3Server extends AsyncDisposable {
  readonly url: string;
  /** Environment variables with the credentials that it accepts. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The objects of the bucket, as files by their keys. */
  readonly bucketDir: string;
}

const PROGRAM = join(import.meta.dirname, '../../../../.tools/bin/s3s-fs');
const KEY = 'AKIAEXAMPLE';
const SECRET = 'secret-of-the-bucket';

/**
 * Starts s3s-fs, which `scripts/test` builds, and waits for it.
 * @throws if it is missing or does not start.
 */
export async function startS3Server(host = '127.0.0.1'): Promise<S3Server> {
  const folder = await makeTemporaryFolder('s3');
  const root = join(folder.path, 'root');
  const bucketDir = join(root, 'cache');
  await mkdir(bucketDir, { recursive: true });
  const port = await findFreePort(host);
  const url = `http://${host}:${port}`;
  const daemon: Daemon = await startDaemon({
    file: PROGRAM,
    args: [
      ...['--host', host, '--port', String(port)],
      ...['--access-key', KEY, '--secret-key', SECRET, root],
    ],
    env: { RUST_LOG: 'warn' },
    stdoutFile: join(folder.path, 'stdout.log'),
    stderrFile: join(folder.path, 'stderr.log'),
  });
  await using client = createHttpClient({ url });
  await until(`${PROGRAM} answers at ${url}`, async () => {
    // Without a signature it answers 403.
    const status = await client.get('/cache').then(
      (response) => response.status,
      () => undefined,
    );
    return status === undefined ? undefined : true;
  });
  return {
    url,
    bucketDir,
    credentials: { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET },
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}
