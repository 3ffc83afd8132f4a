import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type ApplianceOptions,
  createCertificateAuthority,
  findFreePort,
  makeTemporaryFolder,
  runCommand,
  runOrThrow,
  startAppliance,
  type TestNetwork,
  until,
} from '@registry-cache/testbed';
import { type Container, runContainer } from '../../../packages/testbed/src/appliance/container.ts';
import { describeUpstreams } from '../../../tests/e2e/stage.ts';

/** A cache to measure, in its own container on a bridge, and asked from outside. */
export interface Contender extends AsyncDisposable {
  readonly name: 'ours' | 'bare';
  /** The id of the container, for podman. */
  readonly id: string;
  /** The pid on this machine of the container's first process. */
  readonly pid: number;
  /** The port inside the container. */
  readonly port: number;
  /** The URL for clients. Default `https://127.0.0.1:PORT`, the published port on this machine. */
  readonly url: string;
  /** The first words of a client's command, which enter the namespace of `url`. Often empty. */
  readonly enter: readonly string[];
  /** The same contender at another upstream's port, if each upstream has its own. */
  at(upstream: number): Contender;
  /** The path of `/v2/<repository>/…` for the nth upstream. */
  path(rest: string, upstream?: number): string;
}

/** The first port of bare distribution in its container. Each upstream has one. */
const FIRST_PORT = 5000;

/** The measured image. */
export const IMAGE = process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';

/** Starts the appliance with `count` upstreams, all of them at `url`. */
export async function startOurs(
  network: TestNetwork,
  url: string,
  count = 1,
  options: Partial<ApplianceOptions> = {},
): Promise<Contender> {
  const names = Array.from({ length: count }, (_, index) => `reg${index}.test`);
  const upstreams = Object.fromEntries(names.map((name) => [name, { url }]));
  return describeOurs(
    await startAppliance({ network, ...describeUpstreams(upstreams), ...options }),
  );
}

/** A running appliance whose upstreams are `reg0.test`, `reg1.test` and so on. */
export async function describeOurs(appliance: Appliance): Promise<Contender> {
  const contender: Contender = {
    name: 'ours',
    id: appliance.id,
    pid: await findPid(appliance.id),
    port: 8443,
    url: appliance.url,
    enter: [],
    at: () => contender,
    path: (rest, upstream = 0) => `/v2/reg${upstream}.test/${rest}`,
    [Symbol.asyncDispose]: appliance.remove,
  };
  return contender;
}

interface BareOptions {
  readonly image?: string;
  /** In place of its own folder: a driver of distribution, and its parameters. */
  readonly storage?: object;
}

/**
 * Starts bare distribution with its best settings: proxy mode, TLS with ECDSA, its blob cache in
 * memory, no access log. It needs a process for each upstream. The program and the container
 * runtime are those of the appliance.
 */
export async function startBare(
  network: TestNetwork,
  url: string,
  count = 1,
  { image = IMAGE, storage }: BareOptions = {},
): Promise<Contender> {
  const folder = await makeTemporaryFolder('bare');
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue({ names: ['localhost', '127.0.0.1'] });
  await writeFile(join(folder.path, 'server.crt'), certificate.certificatePem);
  await writeFile(join(folder.path, 'server.key'), certificate.keyPem);
  for (let index = 0; index < count; index += 1) {
    await mkdir(join(folder.path, `storage-${index}`));
    const config = JSON.stringify(describeBare(index, url, storage));
    await writeFile(join(folder.path, `${index}.yml`), config);
  }
  const ports: number[] = [];
  while (ports.length < count) ports.push(await findFreePort());
  const container = await runContainer(
    image,
    [
      `--network=${network.name}`,
      ...ports.map((port, index) => `--publish=127.0.0.1:${port}:${FIRST_PORT + index}`),
      `--volume=${folder.path}:/bare`,
      '--entrypoint=/bin/bash',
      // bash waits for its children first, and ignores the signal until then.
      '--stop-signal=SIGKILL',
      '--env=OTEL_TRACES_EXPORTER=none',
    ],
    ['-c', 'for each in /bare/*.yml; do /usr/local/bin/registry serve "$each" & done; wait'],
  );
  const pid = await findPid(container.id);
  const urls = ports.map((port) => `https://127.0.0.1:${port}`);
  for (const url of urls) await untilAnswers(url);
  const at = (upstream: number): Contender => ({
    name: 'bare',
    id: container.id,
    pid,
    port: FIRST_PORT + upstream,
    url: urls[upstream] ?? '',
    enter: [],
    at,
    path: (rest) => `/v2/${rest}`,
    [Symbol.asyncDispose]: async () => {
      await container.remove();
      await folder.remove();
    },
  });
  return at(0);
}

async function untilAnswers(url: string): Promise<void> {
  const curl = ['-sSk', '-o', '/dev/null', `${url}/v2/`];
  await until(`distribution answers at ${url}`, async () => {
    const { exitCode } = await runCommand('curl', curl);
    return exitCode === 0;
  });
}

function describeBare(index: number, url: string, storage?: object): object {
  return {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: {
      ...(storage ?? { filesystem: { rootdirectory: `/bare/storage-${index}` } }),
      cache: { blobdescriptor: 'inmemory' },
      delete: { enabled: true },
    },
    http: {
      addr: `:${FIRST_PORT + index}`,
      tls: { certificate: '/bare/server.crt', key: '/bare/server.key' },
    },
    proxy: { remoteurl: url, ttl: '0s' },
  };
}

export async function findPid(id: Container['id']): Promise<number> {
  return Number(await runOrThrow('podman', ['inspect', '--format', '{{.State.Pid}}', id]));
}
