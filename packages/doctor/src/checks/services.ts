import type { Model } from '@registry-cache/config';
import {
  type CheckContext,
  type CheckOutcome,
  INPUT_IS_BROKEN,
  notTried,
  tried,
} from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';
import { reachTcp } from '../reach/tcp.ts';
import { reachTls } from '../reach/tls.ts';

type ServiceKind = 'issuer' | 'scanner' | 'trace-collector';

/** A service that decides logins or images, or gets traces. */
interface Service {
  readonly kind: ServiceKind;
  /** Where it is asked. */
  readonly url: URL;
}

export interface ServiceFacts {
  readonly kind: ServiceKind;
  /** Its origin alone: a path may be a secret. */
  readonly origin: string;
  /** `open`, `late`, or the code of the system. */
  readonly tcp: string;
  /** The same of TLS; undefined without TLS. */
  readonly tls: string | undefined;
}

const LIES_WITH = {
  issuer: { silent: 'issuer-silent', untrusted: 'issuer-untrusted' },
  scanner: { silent: 'scanner-silent', untrusted: 'scanner-untrusted' },
  'trace-collector': { silent: 'traces-silent', untrusted: 'traces-untrusted' },
} as const;

export function findServiceFaults(facts: readonly ServiceFacts[]): Finding[] {
  return facts.flatMap(({ kind, origin: subject, tcp, tls = 'open' }) => {
    const { silent, untrusted } = LIES_WITH[kind];
    if (tcp !== 'open') return [buildFinding(silent, { subject, found: tcp })];
    return tls === 'open' ? [] : [buildFinding(untrusted, { subject, found: tls })];
  });
}

export async function checkServices({ model, env }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const services = listServices(model);
  if (services.length === 0) return notTried('no issuer, scanner or collector of traces is named');
  // The proxy may be the only way, and then these names need not be known here.
  if (PROXY_VARIABLES.some((name) => (env[name] ?? '') !== '')) {
    return notTried('an outbound proxy leads to them');
  }
  const facts = await Promise.all(services.map((service) => reach(model, service)));
  return tried(services.map(({ url }) => url.host).join(' '), findServiceFaults(facts));
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** The API server of a pod's own cluster is trusted by an authority that only the pod has. */
const IN_CLUSTER = /^kubernetes\.default(?:\.svc(?:\..+)?)?$/;

/** Each service once, with those of the cluster left out. */
function listServices({ issuers, admission = [], settings }: Model): Service[] {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: collector } = settings;
  const found: [ServiceKind, string][] = [
    ...issuers.flatMap(({ issuer, keys }): [ServiceKind, string][] => {
      if (keys.from === 'file') return [];
      return [['issuer', keys.from === 'url' ? keys.url : issuer]];
    }),
    ...admission.flatMap(({ ask }): [ServiceKind, string][] =>
      ask === undefined ? [] : [['scanner', ask.url]],
    ),
    ...(collector === '' ? [] : [['trace-collector', collector] as [ServiceKind, string]]),
  ];
  const byPlace = new Map(
    found.map(([kind, text]) => {
      const url = new URL(text);
      return [`${kind} ${url.origin}`, { kind, url }] as const;
    }),
  );
  return [...byPlace.values()].filter(({ url }) => !IN_CLUSTER.test(url.hostname));
}

async function reach(
  { systemCa, upstreamCa }: Model,
  { kind, url: { protocol, hostname, port: written, origin } }: Service,
): Promise<ServiceFacts> {
  const hasTls = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const port = Number(written) || (hasTls ? 443 : 80);
  const tcp = await reachTcp({ address: host, port });
  const ca = `${systemCa}\n${upstreamCa}`;
  const tls = hasTls && tcp === 'open' ? await reachTls({ host, port, ca }) : undefined;
  return { kind, origin, tcp, tls };
}
