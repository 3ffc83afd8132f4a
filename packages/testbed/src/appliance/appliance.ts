import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccessRecord, runPaths } from '@registry-cache/domain';
import { findFreePort } from '../free-port.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http-client.ts';
import { until } from '../until.ts';
import { type Container, runContainer } from './container.ts';
import { layOutOperatorFiles, type OperatorFiles, readCertificates } from './operator-files.ts';
import { type ApplianceOptions, CONTAINER_PORT, containerArguments, imageName } from './options.ts';

export interface Appliance
  extends Omit<Container, 'remove' | 'exitCode'>,
    Omit<OperatorFiles, 'args' | 'remove'>,
    AsyncDisposable {
  /** `https://127.0.0.1:PORT`, on this machine. */
  readonly url: string;
  /** `127.0.0.1:PORT`, the start of image references. */
  readonly registry: string;
  /** PEM of the certificate that clients must trust. */
  readonly ca: string;
  /** An HTTP client that trusts it. Close it after use. */
  client(options?: Omit<HttpClientOptions, 'url'>): HttpClient;
  /** The lines that the edge has logged so far. A line appears at the end of its request. */
  accessLog(): Promise<AccessRecord[]>;
  /** Starts it and waits until it serves. */
  start(): Promise<void>;
  restart(): Promise<void>;
  waitUntilReady(): Promise<void>;
  /** Removes the container and every file, except a store folder given by the caller. */
  remove(): Promise<void>;
}

/** Starts the appliance's image under podman and waits until it serves. */
export async function startAppliance(options: ApplianceOptions): Promise<Appliance> {
  const port =
    (options.network ?? 'host') === 'host' ? CONTAINER_PORT : await findFreePort('127.0.0.1');
  const url = `https://127.0.0.1:${port}`;
  const { files, container } = await launch(options, port);
  const waitUntilReady = () => untilReady(url, container, files.certsDir);
  const remove = async () => {
    await container.remove();
    await files.remove();
  };
  try {
    await waitUntilReady();
    const ca = options.tls?.ca ?? (await readCertificates(files.certsDir));
    const start = async () => {
      await container.start();
      await waitUntilReady();
    };
    return {
      ...files,
      ...container,
      url,
      registry: `127.0.0.1:${port}`,
      ca,
      client: (clientOptions) => createHttpClient({ url, ca, ...clientOptions }),
      accessLog: () => readAccessLog(container),
      waitUntilReady,
      start,
      restart: async () => {
        await container.stop();
        await start();
      },
      remove,
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Runs an appliance that must refuse its start. Returns its exit code and logs. */
export async function runApplianceToEnd(
  options: ApplianceOptions,
): Promise<{ exitCode: number; logs: string }> {
  const { files, container } = await launch(options, await findFreePort('127.0.0.1'));
  try {
    return { exitCode: await container.exitCode(), logs: await container.logs() };
  } finally {
    await container.remove();
    await files.remove();
  }
}

async function launch(options: ApplianceOptions, port: number) {
  const files = await layOutOperatorFiles(options);
  try {
    const args = [...containerArguments(options, port), ...files.args];
    const { hasRoute } = options;
    return { files, container: await runContainer(imageName(options), args, [], { hasRoute }) };
  } catch (error) {
    await files.remove();
    throw error;
  }
}

/** Waits until the edge answers as a registry, with its own certificate. 401 is fine too. */
async function untilReady(url: string, container: Container, certsDir: string): Promise<void> {
  // A check by this pid is cheap, and is repeated often.
  await container.pid();
  const findOutcome = async () => {
    // A container that has ended will never serve, so the wait ends at once.
    if (!(await container.isRunning())) return 'ended';
    // On the host's network, another program may have the port. Its answer must not count.
    const ca = await readCertificates(certsDir);
    await using client = createHttpClient({ url, ca, pinned: true, idleTimeoutMs: 2_000 });
    const { status, headers } = await client.get('/v2/');
    const isRegistry = 'docker-distribution-api-version' in headers;
    const isServing = isRegistry && (status === 200 || status === 401);
    return isServing && (await isAuthThere(container)) ? 'serving' : false;
  };
  const outcome = await until(`the appliance serves at ${url}`, findOutcome, {
    timeoutMs: 60_000,
    intervalMs: 100,
  }).catch((error: Error) => error);
  if (outcome === 'serving') return;
  throw new Error(`the appliance did not become ready:\n${await container.logs()}`, {
    cause: outcome,
  });
}

/** The edge answers before the auth worker does. Until then, pulls get 503 where they need it. */
async function isAuthThere(container: Container): Promise<boolean> {
  const { etc, sockets } = runPaths();
  const inside = `/proc/${await container.pid()}/root`;
  const programs = await readFile(join(inside, etc, 'supervisor/supervisord.conf'), 'utf8');
  if (!programs.includes('[program:auth]')) return true;
  return stat(join(inside, sockets, 'auth.sock')).then(
    () => true,
    () => false,
  );
}

async function readAccessLog(container: Container): Promise<AccessRecord[]> {
  // The logger writes new lines 25 times a second.
  await sleep(200);
  const path = `/proc/${await container.pid()}/root${runPaths().accessLog}`;
  return (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AccessRecord);
}
