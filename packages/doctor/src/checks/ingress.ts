import { hasLogin } from '@registry-cache/config';
import { type CheckContext, type CheckOutcome, INPUT_IS_BROKEN, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';

export interface IngressFacts {
  /** HTTP_LISTEN; empty for none. */
  readonly httpListen: string;
  readonly trustedProxies: readonly string[];
  readonly hasLogin: boolean;
}

const LOOPBACK = /^(?:127\.|\[::1\]|localhost)/;
const EVERYBODY = /\/0$/;

export function findIngressFaults(facts: IngressFacts): Finding[] {
  const { httpListen, trustedProxies } = facts;
  const isOpen = httpListen !== '' && !LOOPBACK.test(httpListen) && trustedProxies.length === 0;
  const all = trustedProxies.filter((network) => EVERYBODY.test(network));
  return [
    ...(facts.hasLogin && isOpen
      ? [buildFinding('passwords-in-clear', { subject: 'HTTP_LISTEN', found: httpListen })]
      : []),
    ...all.map((network) =>
      buildFinding('proxies-everybody', { subject: 'TRUSTED_PROXIES', found: network }),
    ),
  ];
}

export async function checkIngress({ model }: CheckContext): Promise<CheckOutcome> {
  if (model === undefined) return INPUT_IS_BROKEN;
  const { HTTP_LISTEN: httpListen, TRUSTED_PROXIES: trustedProxies } = model.settings;
  const findings = findIngressFaults({ httpListen, trustedProxies, hasLogin: hasLogin(model) });
  const seen = httpListen === '' ? 'TLS alone' : `plain HTTP on ${httpListen}`;
  return tried(seen, findings);
}
