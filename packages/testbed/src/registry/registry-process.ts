import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort } from '../free-port.ts';
import { createHttpClient } from '../http-client.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { findRegistryBinary } from './find-registry-binary.ts';
import { type RegistryOptions, writeRegistryConfig } from './registry-config.ts';
import {
  forgetRequests,
  type LoggedRequest,
  READINESS_AGENT,
  readRequests,
} from './registry-log.ts';

export interface RegistryProcess extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** The root of its filesystem storage. A CDN can serve from it. */
  readonly storageDir: string;
  /** Requests since the start or the last `forget`. A line appears at the end of its request. */
  requests(): Promise<LoggedRequest[]>;
  forget(): Promise<void>;
  /** Its own log, as lines of JSON. */
  log(): Promise<string>;
  /** Ends the process. Port and content stay, for `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts a real distribution registry and waits for it. It ends with this process at the latest. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryProcess> {
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await findFreePort(host));
  const url = `${options.tls ? 'https' : 'http'}://${host}:${port}`;
  const folder = await makeTemporaryFolder('registry');
  const instanceId = randomUUID();
  const configFile = await writeRegistryConfig(folder.path, {
    ...options,
    address: `${host}:${port}`,
    instanceId,
  });
  const files = {
    access: join(folder.path, 'access.log'),
    log: join(folder.path, 'registry.log'),
  };
  let daemon: Daemon | undefined;

  const stop = async () => {
    await daemon?.stop();
    daemon = undefined;
  };
  const start = async () => {
    if (daemon?.isAlive()) return;
    const started = await startDaemon({
      file: findRegistryBinary(),
      args: ['serve', configFile],
      // This process's REGISTRY_… variables would change its configuration. Without the variable
      // here it looks for a collector on localhost and logs errors.
      env: { OTEL_TRACES_EXPORTER: 'none' },
      stdoutFile: files.access,
      stderrFile: files.log,
    });
    daemon = started;
    await until(`registry at ${url} answers`, () => isOurs(url, instanceId, started), {
      intervalMs: 20,
    }).catch(async (cause) => {
      await stop();
      throw new Error(`registry did not start:\n${await readFile(files.log, 'utf8')}`, { cause });
    });
  };
  const remove = async () => {
    await stop();
    await folder.remove();
  };
  try {
    await start();
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return {
    url,
    host,
    port,
    storageDir: join(folder.path, 'storage'),
    requests: () => readRequests(files.access),
    forget: () => forgetRequests(files.access),
    log: () => readFile(files.log, 'utf8'),
    stop,
    start,
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** Another program may have taken the port, so the answer must have our instance's mark. */
async function isOurs(url: string, instanceId: string, daemon: Daemon): Promise<boolean> {
  if (!daemon.isAlive()) return false;
  await using client = createHttpClient({ url, trustAnyone: true });
  const answer = await client.get('/v2/', { headers: { 'user-agent': READINESS_AGENT } });
  return answer.headers['x-testbed-instance'] === instanceId;
}
