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

/** The appliance's address for clients. Many treat TLS and logins differently at `localhost`. */
export const CACHE = 'cache.test:8443';
/** The same for images of quay.io only, by a name that a wildcard certificate covers. */
export const QUAY_CACHE = 'quay-io.cache.test:8443';
export const USER = { username: 'ann', password: 'correct: horse §' };

/** The registries that the appliance serves here. */
export type Registry = 'quay.io' | 'docker.io';

/** Registries that machines reach directly. Their content differs from the appliance's. */
const DIRECT_NAMES = [
  'quay.io',
  'docker.io',
  'registry-1.docker.io',
  'index.docker.io',
  'unserved.test',
];

/** One open appliance and one with a login, in front of the same upstreams. */
export interface ClientStage extends AsyncDisposable {
  readonly upstreams: Readonly<Record<Registry, ClientUpstream>>;
  /**
   * The registries that machines reach directly, on port 443: every registry by name, with
   * `team/app:v1` only.
   */
  readonly directRegistry: FaultProxy;
  /** A machine that finds one of the two appliances as `cache.test`. Stop it before the stage. */
  machine(suite: DebianSuite, cache: Cache): Promise<Machine>;
  readonly open: Cache;
  readonly locked: Cache;
}

export interface ClientUpstream {
  readonly registry: RegistryProcess;
  /** It counts the appliance's requests and the bytes of the responses. */
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

/** Does by hand what update-ca-certificates would take seconds for, with the same result. */
async function trustWorld(machine: Machine, ca: string): Promise<void> {
  const all = '/etc/ssl/certs/ca-certificates.crt';
  await machine.write('/usr/local/share/ca-certificates/world.crt', ca);
  await machine.write(all, (await machine.read(all)) + ca);
}

/** The container's own address. On loopback, docker would not check the certificate. */
export async function describeCache(appliance: Appliance): Promise<Cache> {
  const address = await runOrThrow('podman', [
    'inspect',
    '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
    appliance.id,
  ]);
  return { appliance, address, ca: appliance.ca };
}
