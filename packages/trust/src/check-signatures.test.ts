import type { TrustSigner } from '@registry-cache/domain';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkSignatures, type SignedImage } from './index.ts';
import { type Authority, createAuthority, type SigningTimes } from './testing/authority.ts';
import { digestOf, FakeRegistry } from './testing/fake-registry.ts';
import { attachBundle, BUNDLED, makeBundle, REFERRER, TAG } from './testing/forms.ts';
import { createKey, type KeyPair } from './testing/signers.ts';

const BYTES = Buffer.from('{"schemaVersion":2,"layers":[]}');
const DIGEST = digestOf(BYTES);
const OTHER_DIGEST = digestOf(Buffer.from('another'));
const IMAGE: SignedImage = { repositories: ['org/app'], digest: DIGEST, bytes: BYTES };
const CLAIMS = { digest: DIGEST, reference: 'registry.test:5000/org/app' };
const KEYS: Record<string, KeyPair> = {};
const ISSUER = 'https://token.actions.githubusercontent.com';
const WORKFLOW = 'https://github.com/org/app/.github/workflows/release.yml@refs/tags/v1';
let authority: Authority;
let strange: Authority;
let registry: FakeRegistry;

beforeAll(async () => {
  for (const kind of ['ecdsa', 'ecdsa-384', 'rsa', 'ed25519'] as const) {
    KEYS[kind] = createKey(kind);
  }
  KEYS.other = createKey('ecdsa');
  [authority, strange] = await Promise.all([createAuthority(), createAuthority()]);
});

function keyOf(name: string): KeyPair {
  const key = KEYS[name];
  if (key === undefined) throw new Error(`no key ${name}`);
  return key;
}

function byKey(name = 'ecdsa'): TrustSigner {
  return { kind: 'key', name: `/trust/${name}.pub`, pem: keyOf(name).pem };
}

function byIdentity(identity = WORKFLOW.replace('v1', '*'), root = authority.root): TrustSigner {
  return { kind: 'identity', identity, issuer: ISSUER, root };
}

async function check(signer: TrustSigner, image = IMAGE) {
  const [verdict] = await checkSignatures(registry, image, [{ anyOf: [signer] }]);
  return verdict;
}

function refused(code: string) {
  return { kind: 'refused', code, reason: expect.stringMatching(/^[\x20-\x7e]{10,300}$/) };
}

describe.each([TAG, REFERRER, BUNDLED])('$name', ({ attach }) => {
  const isOld = attach !== BUNDLED.attach;

  function newRegistry() {
    registry = new FakeRegistry();
    return registry;
  }

  test.each(['ecdsa', 'ecdsa-384', 'rsa', 'ed25519'])('counts by a key of %s', async (kind) => {
    await attach(newRegistry(), keyOf(kind).sign, CLAIMS, DIGEST);
    expect(await check(byKey(kind))).toEqual({ kind: 'verified', by: `key /trust/${kind}.pub` });
  });

  test('counts in a registry without the API of referrers', async () => {
    newRegistry().hasReferrersApi = false;
    await attach(registry, keyOf('ecdsa').sign, CLAIMS, DIGEST);
    expect(await check(byKey())).toMatchObject({ kind: 'verified' });
  });

  test('is refused by another key', async () => {
    await attach(newRegistry(), keyOf('other').sign, CLAIMS, DIGEST);
    expect(await check(byKey())).toEqual(refused('wrong-key'));
  });

  test('counts beside a signature by another key, and after the newest is gone', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
    await attach(registry, keyOf('other').sign, CLAIMS, DIGEST);
    expect(await check(byKey())).toMatchObject({ kind: 'verified' });
    registry.contents.clear();
    expect(await check(byKey())).toEqual(refused('unsigned'));
  });

  test('is refused for another digest, attached to this one', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, { ...CLAIMS, digest: OTHER_DIGEST }, DIGEST);
    expect(await check(byKey())).toEqual(refused('wrong-digest'));
  });

  if (isOld)
    test('is refused for another repository, and needs to name none', async () => {
      const other = { ...CLAIMS, reference: 'registry.test:5000/org/other' };
      await attach(newRegistry(), keyOf('ecdsa').sign, other, DIGEST);
      expect(await check(byKey())).toEqual(refused('wrong-repository'));
      await attach(newRegistry(), keyOf('ecdsa').sign, { ...CLAIMS, reference: '' }, DIGEST);
      expect(await check(byKey())).toMatchObject({ kind: 'verified' });
    });

  test('counts by identity and issuer, though the certificate is long out of date', async () => {
    await attach(newRegistry(), authority.signAs(WORKFLOW, ISSUER), CLAIMS, DIGEST);
    const identity =
      'identity https://github.com/org/app/.github/workflows/release.yml@refs/tags/*';
    expect(await check(byIdentity())).toEqual({ kind: 'verified', by: identity });
  });

  test.each([
    [
      'another workflow',
      'https://github.com/org/app/.github/workflows/evil.yml@refs/tags/v1',
      ISSUER,
    ],
    ['a branch', WORKFLOW.replace('tags', 'heads'), ISSUER],
    ['a part more than the glob has', `${WORKFLOW}/x`, ISSUER],
    ['another issuer', WORKFLOW, 'https://issuer.test'],
  ])('is refused for %s', async (_, identity, issuer) => {
    await attach(newRegistry(), authority.signAs(identity, issuer), CLAIMS, DIGEST);
    expect(await check(byIdentity())).toEqual(refused('wrong-identity'));
  });

  test.each<[string, SigningTimes, string]>([
    ['without log and timestamp', { log: 'none' }, 'no-timestamp'],
    ['with a log entry after its time', { log: 'late' }, 'expired'],
    ['with a timestamp in time, but no log', { log: 'none', timestamp: 'in time' }, 'no-log-entry'],
    ['with a timestamp after its time', { timestamp: 'late' }, 'expired'],
    ['that no log of certificates has seen', { hasSct: false }, 'untrusted-certificate'],
  ])('is refused by a certificate %s', async (_, times, code) => {
    await attach(newRegistry(), authority.signAs(WORKFLOW, ISSUER, times), CLAIMS, DIGEST);
    expect(await check(byIdentity())).toEqual(refused(code));
  });

  test('counts by a certificate with a timestamp and a log entry in its time', async () => {
    const sign = authority.signAs(WORKFLOW, ISSUER, { timestamp: 'in time' });
    await attach(newRegistry(), sign, CLAIMS, DIGEST);
    expect(await check(byIdentity())).toMatchObject({ kind: 'verified' });
  });

  test('is refused by a certificate of an authority outside of the trust root', async () => {
    await attach(newRegistry(), strange.signAs(WORKFLOW, ISSUER), CLAIMS, DIGEST);
    expect(await check(byIdentity())).toEqual(refused('untrusted-certificate'));
  });

  test('by a key is no signature by an identity, nor the other way round', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
    expect(await check(byIdentity())).toEqual(refused('wrong-key'));
    await attach(newRegistry(), authority.signAs(WORKFLOW, ISSUER), CLAIMS, DIGEST);
    expect(await check(byKey())).toEqual(refused('wrong-key'));
  });

  test('is refused with any byte changed', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
    for (const [name, bytes] of registry.contents) {
      const text = bytes.toString();
      if (name.startsWith('blobs') && text.length > 2) {
        const changed = text
          .replace('"payload":"e', '"payload":"f')
          .replace('{"critical"', '{ "critical"');
        registry.contents.set(name, Buffer.from(changed));
      }
    }
    expect(await check(byKey())).toMatchObject({ kind: 'refused' });
  });

  test('that cannot be fetched leaves the verdict open', async () => {
    for (const down of ['manifests', 'blobs', 'referrers']) {
      await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
      registry.down = down;
      const isOther = attach === TAG.attach && down === 'referrers';
      expect([down, await check(byKey())]).toEqual([
        down,
        isOther
          ? { kind: 'verified', by: 'key /trust/ecdsa.pub' }
          : { kind: 'unknown', reason: 'the registry does not answer' },
      ]);
    }
  });

  test('counts while the other place of signatures cannot be asked', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
    registry.down = attach === TAG.attach ? 'referrers' : `manifests sha256-`;
    expect(await check(byKey())).toMatchObject({ kind: 'verified' });
  });

  test('is one of several that a rule accepts, and is held against each rule', async () => {
    await attach(newRegistry(), keyOf('ecdsa').sign, CLAIMS, DIGEST);
    const rules = [{ anyOf: [byKey('other'), byIdentity(), byKey()] }, { anyOf: [byKey('other')] }];
    expect(await checkSignatures(registry, IMAGE, rules)).toEqual([
      { kind: 'verified', by: 'key /trust/ecdsa.pub' },
      refused('wrong-key'),
    ]);
  });
});

test('an image without a signature is refused', async () => {
  registry = new FakeRegistry();
  expect(await check(byKey())).toEqual(refused('unsigned'));
  registry.hasReferrersApi = false;
  expect(await check(byIdentity())).toEqual(refused('unsigned'));
});

test('a signature of the manifest itself in a bundle counts', async () => {
  registry = new FakeRegistry();
  const { signature } = await keyOf('ecdsa').sign({ kind: 'message', data: BYTES, payload: BYTES });
  attachBundle(registry, DIGEST, {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: '' } },
    messageSignature: {
      messageDigest: {
        algorithm: 'SHA2_256',
        digest: Buffer.from(DIGEST.slice(7), 'hex').toString('base64'),
      },
      signature: signature.toString('base64'),
    },
  });
  expect(await check(byKey())).toMatchObject({ kind: 'verified' });
  const other = Buffer.from('{}');
  registry.contents.set(`manifests sha256-${digestOf(other).slice(7)}`, Buffer.from('{}'));
  expect(await check(byKey(), { ...IMAGE, digest: DIGEST, bytes: other })).toEqual(
    refused('wrong-key'),
  );
});

test.each<[string, (registry: FakeRegistry) => unknown]>([
  ['an empty bundle', (to) => attachBundle(to, DIGEST, {})],
  ['a list', (to) => attachBundle(to, DIGEST, [1])],
  ['a bundle of nonsense', (to) => attachBundle(to, DIGEST, { mediaType: 7, dsseEnvelope: [] })],
  [
    'an envelope of something else',
    async (to) => {
      attachBundle(to, DIGEST, await makeBundle(keyOf('ecdsa').sign, Buffer.from('[]')));
    },
  ],
])('%s is refused, and nothing is thrown', async (_, attach) => {
  registry = new FakeRegistry();
  await attach(registry);
  expect(await check(byKey())).toEqual(refused('garbage'));
  expect(await check(byIdentity())).toMatchObject({ kind: 'refused' });
});

test('a layer that is not there is refused', async () => {
  registry = new FakeRegistry();
  await TAG.attach(registry, keyOf('ecdsa').sign, CLAIMS, DIGEST);
  for (const name of registry.contents.keys()) {
    if (name.startsWith('blobs')) registry.contents.delete(name);
  }
  expect(await check(byKey())).toEqual(refused('garbage'));
});

test('a manifest with a million layers costs no more than one with a few', async () => {
  registry = new FakeRegistry();
  const layer = {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    digest: DIGEST,
    size: 7,
    annotations: { 'dev.cosignproject.cosign/signature': 'AAAA' },
  };
  registry.pushManifest({ layers: Array(100_000).fill(layer) }, `sha256-${DIGEST.slice(7)}.sig`);
  registry.pushBlob(BYTES);
  const before = performance.now();
  expect(await check(byKey())).toEqual(refused('wrong-key'));
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(registry.asked.length).toBeLessThan(20);
});

test('a giant payload is not fetched, and a giant bundle neither', async () => {
  registry = new FakeRegistry();
  const size = 2 ** 40;
  const types = ['cosign.simplesigning.v1+json', 'sigstore.bundle.v0.3+json'];
  const layers = types.map((type) => ({
    mediaType: `application/vnd.dev.${type}`,
    digest: DIGEST,
    size,
  }));
  registry.pushManifest({ layers }, `sha256-${DIGEST.slice(7)}.sig`);
  expect(await check(byKey())).toEqual(refused('too-large'));
  expect(registry.asked.filter((path) => path.startsWith('blobs'))).toEqual([]);
});

test('a bundle with thousands of log entries is not verified', async () => {
  registry = new FakeRegistry();
  const bundle = Object(await makeBundle(keyOf('ecdsa').sign, Buffer.from('{}')));
  bundle.verificationMaterial.tlogEntries = Array(5_000).fill({});
  attachBundle(registry, DIGEST, bundle);
  expect(await check(byKey())).toEqual(refused('too-large'));
});

test('thousands of referrers cost no more than a few', async () => {
  registry = new FakeRegistry();
  await BUNDLED.attach(registry, keyOf('other').sign, CLAIMS, DIGEST);
  const tag = `manifests sha256-${DIGEST.slice(7)}`;
  const [entry] = JSON.parse(String(registry.contents.get(tag))).manifests;
  const manifests = Array.from({ length: 20_000 }, (_, index) => ({
    ...entry,
    digest: digestOf(Buffer.from(String(index))),
  }));
  registry.contents.set(tag, Buffer.from(JSON.stringify({ manifests })));
  expect(await check(byKey())).toEqual(refused('unsigned'));
  expect(registry.asked.length).toBeLessThan(50);
});

test('both places are asked at once, and the signature is two round trips away', async () => {
  registry = new FakeRegistry();
  await TAG.attach(registry, keyOf('ecdsa').sign, CLAIMS, DIGEST);
  await check(byKey());
  expect(registry.asked.map((path) => path.split(' ')[0])).toEqual([
    'manifests',
    'referrers',
    'blobs',
  ]);
});
