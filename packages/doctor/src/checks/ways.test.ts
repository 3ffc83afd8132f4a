import { expect, it } from 'vitest';
import type { CheckContext } from '../check.ts';
import { failingRegistry, wellRegistry } from '../testing/registry.ts';
import { checkWays, findWayFaults } from './ways.ts';

const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);
const answered = (status: number, isPage = false) =>
  wellRegistry({ first: { kind: 'answer', status, aheadMs: 0, isPage }, login: undefined });
const reached = [{ address: '192.0.2.1', port: 443, family: 4, outcome: 'late' }];

it.each([
  [{ phase: 'connect', code: 'ECONNREFUSED' }, 'connection-refused'],
  [{ phase: 'connect', code: 'EHOSTUNREACH' }, 'no-route'],
  [{ phase: 'proxy' }, 'proxy-refused'],
  [{ phase: 'guard' }, 'address-forbidden'],
  [{ phase: 'headers', timedOut: true }, 'answer-silent'],
  [{ phase: 'unknown' }, 'answer-silent'],
  [{ phase: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'tls-untrusted'],
  [{ phase: 'tls', code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, 'tls-untrusted'],
  [{ phase: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls-name'],
  [{ phase: 'tls', code: 'CERT_HAS_EXPIRED' }, 'tls-ended'],
  [{ phase: 'tls', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls-plain'],
  [{ phase: 'tls', code: 'ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED' }, 'tls-old'],
  [{ phase: 'tls', code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'tls-client'],
  [{ phase: 'tls', code: 'EPROTO' }, 'tls-failed'],
] as const)('%j is %s', (failure, id) => {
  expect(findWayFaults([failingRegistry(failure)])).toMatchObject([
    { id, subject: 'reg.test', found: 'no answer', severity: 'error' },
  ]);
});

it('leaves names to the check of names', () => {
  expect(findWayFaults([failingRegistry({ phase: 'resolve', code: 'ENOTFOUND' })])).toEqual([]);
});

it('does not call the ways good where no name has an address', async () => {
  const registries = async () => [failingRegistry({ phase: 'resolve', code: 'ENOTFOUND' })];
  const context = { probe: {}, registries } as unknown as CheckContext;
  expect(await checkWays(context)).toEqual({
    ...{ kind: 'not tried', reason: 'no registry was reached' },
  });
});

it('tells a connection that nobody takes from one that stalls in TLS', () => {
  const late = { phase: 'connect', timedOut: true } as const;
  expect(idsOf(findWayFaults([failingRegistry(late, { reached })]))).toEqual(['connection-silent']);
  expect(findWayFaults([failingRegistry(late)])).toEqual([]);
});

it('names a proxy once that leads nowhere', () => {
  const proxy = 'proxy.test:3128';
  const two = ['a.test', 'b.test'].map((name) =>
    failingRegistry({ code: 'ECONNREFUSED' }, { name, proxy, reached }),
  );
  expect(findWayFaults(two)).toMatchObject([
    { id: 'proxy-silent', subject: 'the outbound proxy proxy.test:3128' },
  ]);
});

it.each([
  [200, false, []],
  [401, false, []],
  [307, false, []],
  [429, false, ['answer-busy']],
  [503, false, ['answer-error']],
  [200, true, ['answer-page']],
])('an answer of %i, a page: %s', (status, isPage, ids) => {
  expect(idsOf(findWayFaults([answered(status, isPage)]))).toEqual(ids);
});

it('warns only of a registry that may serve content all the same', () => {
  expect(findWayFaults([answered(404)])).toMatchObject([{ severity: 'warning' }]);
});
