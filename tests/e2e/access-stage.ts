import {
  type Appliance,
  createHttpClient,
  describeContent,
  type FaultProxy,
  type FaultRule,
  type HttpClient,
  type HttpResponse,
  pushBundle,
  startFaultProxy,
  startTokenService,
  until,
} from '@registry-cache/testbed';
import {
  ABSENT,
  ATTACHED,
  REPOSITORIES,
  type Reference,
  referencesIn,
  SUBJECT,
} from './access-images.ts';
import type { OraclePolicy } from './access-oracle.ts';
import {
  ALIASES,
  formRequest,
  KEYS,
  loginHeader,
  loginOf,
  type MatrixRequest,
  PASSWORDS,
  REGISTRIES,
} from './access-ways.ts';
import { readEvents } from './inside.ts';
import { describeUpstreams, type Stage } from './stage.ts';
import { type ProxyAppliance, startProxy } from './through-proxy.ts';

export interface MatrixStage {
  readonly proxy: ProxyAppliance;
  /** The requests that upstreams and their token service got since it was asked last. */
  costs(): readonly string[];
  ask(request: MatrixRequest): Promise<HttpResponse>;
  askToken(query: URLSearchParams, user: string | undefined): Promise<HttpResponse>;
  /** Resolves when each decision is made by this policy. */
  enforce(policy: OraclePolicy): Promise<void>;
}

/** An appliance with all registries, users and ways in. All content that exists is here. */
export async function openMatrixStage(stage: Stage): Promise<MatrixStage> {
  const { gateway: host } = stage.network;
  const tokens = stage.use(await startTokenService({ host, anonymous: true }));
  const plain = await stage.upstream();
  const behindTokens = await stage.upstream({ tokens: tokens.trust });
  const token = await tokens.issue(
    ...Object.keys(REPOSITORIES).map((name) => `repository:${name}:pull,push`),
  );
  const fronts: FaultProxy[] = [];
  for (const target of [plain, { ...behindTokens, token }]) {
    await fill(target);
    const front = await startFaultProxy({ host, upstream: target.url, rules: faultRules() });
    fronts.push(stage.use(front));
  }
  const [front, tokenFront] = fronts as [FaultProxy, FaultProxy];
  const upstreams = Object.fromEntries(
    KEYS.map((key) => {
      const { url } = key === 'token.test' ? tokenFront : front;
      return [key, { url, aliases: ALIASES[key] ?? [] }];
    }),
  );
  const described = JSON.parse(describeUpstreams(upstreams).policyYaml);
  const write = (access: OraclePolicy) => JSON.stringify({ ...described, access });
  const proxy = await startProxy(stage, upstreams, {
    passwords: PASSWORDS,
    policyYaml: write({ default: ['pull', 'fetch'], rules: [] }),
    env: {
      ALLOW_PUSH: 'true',
      CERTIFICATE_NAMES: '*.cache.test',
      TRUSTED_PROXIES: host,
      CONNECT_OTHERS: 'refuse',
    },
  });
  const ca = await proxy.ca();
  let clients = openClients(proxy, ca);
  stage.use({ [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose]() });
  const result: MatrixStage = {
    proxy,
    costs: () => {
      const found = fronts.flatMap(({ seen }) =>
        seen.map(({ method, path }) => `${method} ${path}`),
      );
      const asked = tokens.requests.map(({ scopes }) => `token for ${scopes.join(' ')}`);
      for (const front of fronts) front.forget();
      tokens.requests.length = 0;
      return [...found, ...asked];
    },
    ask: (request) => {
      const { path, headers } = formRequest(request);
      const method = request.method === 'RANGE' ? 'GET' : request.method;
      const client = request.way === 'proxy' ? clients.tunnel(request) : clients.direct;
      return client.request(method, path, { headers }).catch(readTunnelRefusal);
    },
    askToken: (query, user) => {
      const login = user === undefined ? {} : loginHeader(user);
      return clients.direct.get(`/token?${query}`, { headers: login });
    },
    enforce: async (policy) => {
      const reloads = await countReloads(proxy.appliance);
      await proxy.appliance.writePolicy(write(policy));
      // A longer wait, since other tests share the machine.
      await until(
        'the policy is in force',
        async () => (await countReloads(proxy.appliance)) > reloads,
        { timeoutMs: 60_000, intervalMs: 100 },
      );
      // An old process answers once more over each connection that it has.
      await clients[Symbol.asyncDispose]();
      clients = openClients(proxy, ca);
    },
  };
  await warm(result);
  return result;
}

/** Connections that stay open: one client for the port, and one for each user and registry. */
function openClients(proxy: ProxyAppliance, ca: string) {
  const tunnels = new Map<string, HttpClient>();
  const direct = proxy.appliance.client({ pinned: true });
  return {
    direct,
    tunnel: ({ registry: { target }, user }: MatrixRequest): HttpClient => {
      const id = `${user} ${target}`;
      const login = user === undefined ? {} : { credentials: loginOf(user) };
      const url = `https://${target.replace(/:443$/, '')}`;
      const tunnel =
        tunnels.get(id) ?? createHttpClient({ url, ca, proxy: { url: proxy.url, ...login } });
      tunnels.set(id, tunnel);
      return tunnel;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([direct, ...tunnels.values()].map((client) => client.close()));
    },
  };
}

/** @throws any error that is not a proxy's answer to CONNECT. */
function readTunnelRefusal(error: Error): HttpResponse {
  const status = /^Proxy response \((\d+)\)/.exec(error.message)?.[1];
  if (status === undefined) throw error;
  const body = Buffer.from('');
  return { status: Number(status), headers: {}, body, text: () => '', json: () => ({}) };
}

async function countReloads(appliance: Appliance): Promise<number> {
  return (await readEvents(appliance)).filter(({ msg }) => msg === 'reloaded').length;
}

async function fill(target: Parameters<typeof pushBundle>[0]): Promise<void> {
  for (const [repository, parts] of Object.entries(REPOSITORIES)) {
    for (const { tags, bundle } of parts) {
      for (const tag of tags.length === 0 ? [undefined] : tags) {
        await pushBundle(target, repository, tag, bundle);
      }
    }
  }
}

/** Registries without the absent content, and with referrers, which distribution has not. */
function faultRules(): FaultRule[] {
  const missing = { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}' };
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = [{ ...describeContent(ATTACHED), artifactType: 'application/x-attached' }];
  const list = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  const absent = [...ABSENT].map(
    (reference): FaultRule => ({ when: { reference }, do: { respond: missing } }),
  );
  const path = new RegExp(`^/v2/(library/alpine|team/app)/referrers/${SUBJECT}`);
  const headers = { 'content-type': mediaType };
  return [...absent, { when: { path }, do: { respond: { status: 200, headers, body: list } } }];
}

/** Pulls all content once, by a path, and waits until all of it is here. */
async function warm(matrix: MatrixStage): Promise<void> {
  const each = async (work: (request: MatrixRequest) => Promise<void>) => {
    for (const registry of REGISTRIES) {
      const jobs = registry.repositories.flatMap((repository) =>
        referencesIn(repository).map(({ kind, name }: Reference) => {
          const rest = `${kind}/${name}`;
          const asked = { registry, repository, rest, address: '10.0.0.1', user: 'bob' };
          return work({ method: 'GET', way: 'path', ...asked });
        }),
      );
      await Promise.all(jobs);
    }
  };
  const expectServed = async (request: MatrixRequest) => {
    const { status } = await matrix.ask(request);
    if (status !== 200) throw new Error(`${request.registry.name} ${request.rest}: ${status}`);
  };
  await each(expectServed);
  await matrix.enforce({ default: ['pull'], rules: [] });
  await each(async (request) => {
    await until(
      `${request.registry.name}/${request.repository} ${request.rest} is here`,
      async () => (await matrix.ask(request)).status === 200,
    );
  });
}
