import type { LookupAddress } from 'node:dns';
import { waitAtMost } from '@registry-cache/runtime';
import { isHtml } from '../../wire/errors/upstream-message.ts';
import type { LookupAll } from '../../wire/transport/connector.ts';
import { joinUrl } from '../../wire/transport/join-url.ts';
import { type ProxyEnvironment, proxyFor } from '../../wire/transport/proxy-rules.ts';
import { readCapped, replyHeader } from '../../wire/transport/reply.ts';
import type { Reply, Transport } from '../../wire/transport/transport.ts';
import type { Logins } from '../auth/logins.ts';
import { refusePlainRealm } from '../auth/realm-login.ts';
import type { Recipient } from '../auth/recipient.ts';
import { sendFollowing } from '../client/redirect.ts';
import { type ProbeFailure, toProbeFailure } from './probe-failure.ts';
import { type ProbedLogin, probeLogin } from './probe-login.ts';

/** What a registry, or a mirror of one, said to the first requests of a pull. */
export interface ProbedRegistry {
  /** As messages name it: `quay.io`, or `mirror.example.com for docker.io`. */
  readonly name: string;
  readonly origin: string;
  /** The outbound proxy that leads there, as host and port; undefined without one. */
  readonly proxy: string | undefined;
  /** The name that this machine has to look up: the registry's, or that of the proxy. */
  readonly lookup: ProbedName;
  /** The answer to GET /v2/ without a login. */
  readonly first: ProbedAnswer | ProbeFailure;
  /** Undefined where the registry asks for no login. */
  readonly login: ProbedLogin | undefined;
}

export interface ProbedName {
  readonly host: string;
  readonly addresses: readonly LookupAddress[];
  /** Milliseconds. */
  readonly tookMs: number;
  /** The code of the resolver, such as `ENOTFOUND`; `late` if it gave no answer in time. */
  readonly failure: string | undefined;
}

export interface ProbedAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** How far its clock is ahead of ours, in milliseconds; undefined without a Date. */
  readonly aheadMs: number | undefined;
  /** Whether a web page came in place of a registry's answer. */
  readonly isPage: boolean;
}

export interface ProbeRegistryDeps {
  readonly name: string;
  readonly recipient: Recipient;
  readonly transport: Transport;
  readonly logins: Logins;
  readonly env: ProxyEnvironment;
  readonly lookup: LookupAll;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A resolver that takes longer keeps clients waiting, whatever it answers in the end. */
const NAME_WITHIN_MS = 6_000;
const BODY_LIMIT_BYTES = 65_536;

/**
 * Asks GET /v2/ without and with the login. Nothing is asked for that counts as a pull.
 * @throws the reason of the signal.
 */
export async function probeRegistry(deps: ProbeRegistryDeps): Promise<ProbedRegistry> {
  const { name, recipient, transport, env, signal } = deps;
  const { origin } = recipient;
  const url = joinUrl(origin, '/v2/');
  const proxy = proxyFor(url, env);
  const host = proxy === undefined ? url.hostname : new URL(proxy).hostname;
  const place = { name, origin, proxy: proxy === undefined ? undefined : new URL(proxy).host };
  const lookup = await lookUp(deps, host.replace(/^\[|\]$/g, ''));
  const ask = (headers: Record<string, string>) =>
    transport.send({ method: 'GET', url, headers, signal });
  const sentMs = deps.now();
  const asked = await ask({}).catch(toProbeFailure);
  if ('kind' in asked) return { ...place, lookup, first: asked, login: undefined };
  const first = await describe(asked, (sentMs + deps.now()) / 2);
  const challenge = asked.headers['www-authenticate'];
  const login =
    asked.status !== 401 || first.isPage
      ? undefined
      : await probeLogin(
          {
            ...deps,
            ask: (authorization) => ask({ authorization }),
            sendToRealm: async (request) => {
              refusePlainRealm(recipient, request.url);
              const sent = { ...request, signal };
              return request.method === 'POST'
                ? transport.send(sent)
                : sendFollowing(transport, sent);
            },
          },
          challenge,
        );
  return { ...place, lookup, first, login };
}

async function lookUp({ lookup, now }: ProbeRegistryDeps, host: string): Promise<ProbedName> {
  const startedMs = now();
  const found = new Promise<Pick<ProbedName, 'addresses' | 'failure'>>((resolve) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error === null) resolve({ addresses, failure: undefined });
      else resolve({ addresses: [], failure: error.code ?? error.message });
    });
  });
  const late = () => ({ addresses: [], failure: 'late' });
  const answer = await waitAtMost(NAME_WITHIN_MS, found, late);
  return { host, ...answer, tookMs: now() - startedMs };
}

async function describe(reply: Reply, halfwayMs: number): Promise<ProbedAnswer> {
  const { bytes } = await readCapped(reply, BODY_LIMIT_BYTES).catch(() => ({
    bytes: Buffer.alloc(0),
  }));
  const date = Date.parse(replyHeader(reply, 'date') ?? '');
  return {
    kind: 'answer',
    status: reply.status,
    // The header has whole seconds, cut off.
    aheadMs: Number.isNaN(date) ? undefined : Math.round(date + 500 - halfwayMs),
    isPage: isHtml(bytes.toString('utf8')),
  };
}
