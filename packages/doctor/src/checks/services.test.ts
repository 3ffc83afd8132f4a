import { describe, expect, it } from 'vitest';
import { findBucketFaults } from './bucket.ts';
import { findCollectorFaults } from './collectors.ts';
import { findPeerFaults } from './peers.ts';
import { findServiceFaults } from './services.ts';

const idsOf = (findings: readonly { id: string }[]) => findings.map(({ id }) => id);

describe('findPeerFaults', () => {
  const find = (tcp: string, tls: string) =>
    idsOf(
      findPeerFaults({
        source: 'PEERS',
        failure: undefined,
        others: [{ peer: '10.0.0.2:8444', tcp, tls }],
      }),
    );

  it('tells silence from another secret', () => {
    expect(find('open', 'open')).toEqual([]);
    expect(find('ECONNREFUSED', 'ECONNREFUSED')).toEqual(['peer-silent']);
    expect(find('open', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA')).toEqual(['peer-refused']);
  });

  it('finds a name without replicas', () => {
    const source = 'dns:peers.test:8444';
    const lost = findPeerFaults({ source, failure: 'ENOTFOUND', others: [] });
    expect(lost).toMatchObject([{ id: 'peers-unknown', subject: source, found: 'ENOTFOUND' }]);
    expect(idsOf(findPeerFaults({ source, failure: undefined, others: [] }))).toEqual([
      'peers-alone',
    ]);
  });
});

describe('findBucketFaults', () => {
  const fails = (status: number, message = 'no answer') => ({
    kind: 'fails' as const,
    status,
    message,
  });

  it.each([
    [fails(0), 'bucket-silent'],
    [fails(0, 'there are no credentials for the bucket b'), 'bucket-refused'],
    [fails(403), 'bucket-refused'],
    [fails(404), 'bucket-missing'],
    [fails(503), 'bucket-error'],
    [{ kind: 'answers', lifecycle: 'missing' } as const, 'bucket-keeps-all'],
    [{ kind: 'answers', lifecycle: 'unknown' } as const, 'bucket-keeps-all'],
  ])('%j is %s', (probed, id) => {
    expect(findBucketFaults('b', probed)).toMatchObject([{ id, subject: 'the bucket b' }]);
  });

  it.each(['set', 'unwanted'] as const)('finds nothing where the rule is %s', (lifecycle) => {
    expect(findBucketFaults('b', { kind: 'answers', lifecycle })).toEqual([]);
  });
});

describe('findCollectorFaults', () => {
  it.each([
    ['open', undefined, []],
    ['open', 'open', []],
    ['late', undefined, ['collector-silent']],
    ['open', 'SELF_SIGNED_CERT_IN_CHAIN', ['collector-untrusted']],
  ])('TCP %s and TLS %s', (tcp, tls, ids) => {
    const collector = 'tls://logs.test:6514';
    expect(idsOf(findCollectorFaults([{ collector, tcp, tls }]))).toEqual(ids);
  });
});

describe('findServiceFaults', () => {
  it.each([
    ['issuer', 'open', 'open', []],
    ['issuer', 'ENOTFOUND', undefined, ['issuer-silent']],
    ['issuer', 'open', 'CERT_HAS_EXPIRED', ['issuer-untrusted']],
    ['scanner', 'late', undefined, ['scanner-silent']],
    ['scanner', 'open', 'SELF_SIGNED_CERT_IN_CHAIN', ['scanner-untrusted']],
    ['trace-collector', 'ECONNREFUSED', undefined, ['traces-silent']],
    ['trace-collector', 'open', undefined, []],
  ] as const)('%s with TCP %s and TLS %s', (kind, tcp, tls, ids) => {
    const origin = 'https://service.test';
    expect(idsOf(findServiceFaults([{ kind, origin, tcp, tls }]))).toEqual(ids);
  });
});
