import {
  type Bundle,
  basicAuthorization,
  type CertificateAuthority,
  pushBundle,
  type ServerCertificate,
  startCdn,
  startFaultProxy,
  startTokenService,
  type TokenService,
} from '@registry-cache/testbed';
import type { Stage, UpstreamUse } from './stage.ts';

const USER = { username: 'robot', password: 'pass' };
const ENTRY = { auth: basicAuthorization(USER).replace('Basic ', '') };
const PASSWORDS = { [USER.username]: USER.password };

/** The parts of which the kinds of upstreams consist. */
export interface UpstreamParts {
  readonly stage: Stage;
  /** Trusted for every upstream. */
  readonly shared: CertificateAuthority;
  /** Trusted by the policy only. The file is `/authorities/own.pem`. */
  readonly own: CertificateAuthority;
}

/** An upstream called `name` that has `image` as team/app:v1. */
export type MakeUpstream = (
  parts: UpstreamParts,
  name: string,
  image: Bundle,
) => Promise<UpstreamUse>;

/** The kinds of registries, by name. */
export const UPSTREAM_KINDS: Readonly<Record<string, MakeUpstream>> = {
  'plain.test': async ({ stage }, _name, image) => {
    const registry = await stage.upstream();
    await push(registry, image);
    return registry;
  },
  'ca.test': async ({ stage, shared }, name, image) =>
    secureUpstream(stage, await shared.issue({ names: [name] }), name, image),
  'own-ca.test': async ({ stage, own }, name, image) => ({
    ...(await secureUpstream(stage, await own.issue({ names: [name] }), name, image)),
    ca: '/authorities/own.pem',
  }),
  'stranger.test': async ({ stage, own }, name, image) =>
    secureUpstream(stage, await own.issue({ names: [name] }), name, image),
  'basic.test': async ({ stage }, _name, image) => {
    const registry = await stage.upstream({ passwords: PASSWORDS });
    await push({ ...registry, credentials: USER }, image);
    return { url: registry.url, entry: ENTRY };
  },
  'token.test': async ({ stage, shared }, name, image) => {
    const tokens = await startTokens(stage, shared);
    const tls = await shared.issue({ names: [name] });
    const registry = await stage.upstream({ tokens: tokens.trust, tls });
    await push({ ...registry, token: await pushToken(tokens) }, image);
    return { url: `https://${name}:${registry.port}`, entry: ENTRY };
  },
  'cdn.test': async ({ stage, shared }, name, image) => {
    const tokens = await startTokens(stage, shared);
    const registry = await stage.upstream({ tokens: tokens.trust });
    await push({ ...registry, token: await pushToken(tokens) }, image);
    const tls = await shared.issue({ names: [name, 'bytes.test'] });
    const host = stage.network.gateway;
    const cdn = stage.use(await startCdn({ host, tls, storageDir: registry.storageDir }));
    const redirect = ({ reference }: { reference: string }) =>
      cdn.signedUrl(reference, `https://bytes.test:${cdn.port}`);
    const faultProxy = stage.use(
      await startFaultProxy({
        host,
        tls,
        upstream: registry.url,
        rules: [
          { when: { kind: 'blob', headers: { authorization: /^Bearer / } }, do: { redirect } },
        ],
      }),
    );
    return { url: `https://${name}:${faultProxy.port}`, entry: ENTRY };
  },
  'no-head-401.test': ({ stage }, _name, image) => headlessUpstream(stage, 401, image),
  'no-head-405.test': ({ stage }, _name, image) => headlessUpstream(stage, 405, image),
};

async function secureUpstream(
  stage: Stage,
  tls: ServerCertificate,
  name: string,
  image: Bundle,
): Promise<UpstreamUse> {
  const registry = await stage.upstream({ tls });
  await push(registry, image);
  return { url: `https://${name}:${registry.port}` };
}

async function headlessUpstream(stage: Stage, status: number, image: Bundle) {
  const registry = await stage.upstream();
  await push(registry, image);
  const faultProxy = await startFaultProxy({
    host: stage.network.gateway,
    upstream: registry.url,
    rules: [{ when: { kind: 'blob', method: 'HEAD' }, do: { respond: { status } } }],
  });
  return stage.use(faultProxy);
}

/** The CDN has its own port, and its authority must be trusted there too. */
async function startTokens(stage: Stage, shared: CertificateAuthority): Promise<TokenService> {
  const host = stage.network.gateway;
  const tls = await shared.issue({ names: [host] });
  return stage.use(await startTokenService({ host, tls, passwords: PASSWORDS, anonymous: false }));
}

function pushToken(tokens: TokenService): Promise<string> {
  return tokens.issue('repository:team/app:pull,push');
}

function push(target: Parameters<typeof pushBundle>[0], image: Bundle): Promise<void> {
  return pushBundle({ trustAnyone: true, ...target }, 'team/app', 'v1', image);
}
