import {
  type Appliance,
  createCertificateAuthority,
  type DebianSuite,
  type FaultProxy,
  type Machine,
  openMachine,
  type RegistryProcess,
  runOrThrow,
  startFaultProxy,
} from '@registry-cache/testbed';
import { openStage, pushImage, type Stage } from '../stage.ts';

/** As clients know the appliance: many take TLS and logins another way at `localhost`. */
export const CACHE = 'cache.test:8443';
/** The same for the images of quay.io alone, by a name that a wildcard certificate covers. */
export const QUAY_CACHE = 'quay-io.cache.test:8443';
export const USER = { username: 'ann', password: 'correct: horse §' };

/** The registries that the appliance serves here. */
export type Registry = 'quay.io' | 'docker.io';

/** What machines find under these names: not what the appliance serves, so that it shows. */
const DIRECT_NAMES = [
  'quay.io',
  'docker.io',
  'registry-1.docker.io',
  'index.docker.io',
  'unserved.test',
];

/** One appliance for everybody and one that asks for a login, before the same upstreams. */
export interface ClientStage extends AsyncDisposable {
  readonly upstreams: Readonly<Record<Registry, ClientUpstream>>;
  /**
   * The outside world of the machines, on port 443: every registry by name, with `team/app:v1`
   * and nothing else.
   */
  readonly directRegistry: FaultProxy;
  /** A machine that knows one of the two appliances as `cache.test`; to be stopped before the stage. */
  machine(suite: DebianSuite, cache: Cache): Promise<Machine>;
  readonly open: Cache;
  readonly locked: Cache;
}

export interface ClientUpstream {
  readonly registry: RegistryProcess;
  /** What the appliance asked it for, and how many bytes it got. */
  readonly faultProxy: FaultProxy;
}

export interface Cache {
  readonly appliance: Appliance;
  readonly address: string;
  /** PEM of what clients must trust. */
  readonly ca: string;
}

export async function openClientStage(): Promise<ClientStage> {
  const stage = await openStage();
  try {
    const upstreams = {
      'quay.io': await startUpstream(stage),
      'docker.io': await startUpstream(stage),
    };
    const uses = {
      'quay.io': { url: upstreams['quay.io'].faultProxy.url },
      'docker.io': { url: upstreams['docker.io'].faultProxy.url },
    };
    const options = {
      env: { CERTIFICATE_NAMES: 'cache.test *.cache.test', CONNECT_PROXY: 'on' },
      // Where tunnels lead to.
      hosts: { 'unserved.test': stage.network.gateway },
    };
    const passwords = { [USER.username]: USER.password };
    const { directRegistry, ca } = await startDirectRegistry(stage);
    return {
      upstreams,
      directRegistry,
      open: await describeCache(await stage.appliance(uses, options)),
      locked: await describeCache(await stage.appliance(uses, { ...options, passwords })),
      machine: async (suite, { address }) => {
        const names = DIRECT_NAMES.map((name) => [name, stage.network.gateway]);
        const hosts = {
          'cache.test': address,
          'quay-io.cache.test': address,
          ...Object.fromEntries(names),
        };
        const machine = await openMachine({ suite, hosts });
        await trustWorld(machine, ca);
        return machine;
      },
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

async function startUpstream(stage: Stage): Promise<ClientUpstream> {
  const registry = await stage.upstream();
  const host = stage.network.gateway;
  return {
    registry,
    faultProxy: stage.use(await startFaultProxy({ host, upstream: registry.url })),
  };
}

async function startDirectRegistry(
  stage: Stage,
): Promise<{ directRegistry: FaultProxy; ca: string }> {
  const registry = await stage.upstream();
  await pushImage(registry, 'team/app', 'v1', { seed: 'direct' });
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: DIRECT_NAMES });
  const host = stage.network.gateway;
  const directRegistry = stage.use(
    await startFaultProxy({ host, port: 443, tls, upstream: registry.url }),
  );
  return { directRegistry, ca: authority.certificatePem };
}

/** Without update-ca-certificates, which takes seconds, and so that it does the same if it runs. */
async function trustWorld(machine: Machine, ca: string): Promise<void> {
  const all = '/etc/ssl/certs/ca-certificates.crt';
  await machine.write('/usr/local/share/ca-certificates/world.crt', ca);
  await machine.write(all, (await machine.read(all)) + ca);
}

/** Its own address, not a published port's on loopback: docker checks no certificate there. */
async function describeCache(appliance: Appliance): Promise<Cache> {
  const address = await runOrThrow('podman', [
    'inspect',
    '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
    appliance.id,
  ]);
  return { appliance, address, ca: appliance.ca };
}
