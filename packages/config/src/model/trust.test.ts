import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../policy/parse.ts';
import { nameTrustImages, parseTrust } from './trust.ts';

const FILE = '/registry-cache.yaml';
const ROOT = JSON.stringify({
  mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  tlogs: [{ baseUrl: 'https://log' }],
  ctlogs: [{ baseUrl: 'https://ct' }],
  certificateAuthorities: [{ uri: 'https://ca' }],
});
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function pemOf(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function policyOf(yaml: string) {
  const parsed = parsePolicy(FILE, `trust:\n${yaml}`);
  return parsed.ok ? (parsed.value.trust ?? []) : parsed.issues;
}

const KEY_RULE = [{ images: ['a/b'], anyOf: [{ key: '/trust/cosign.pub' }] }];

describe('the rules for signatures', () => {
  test('are read with their keys and trust roots, and enforce where they do not say', () => {
    const spec = parsePolicy(
      FILE,
      `trust:
  - images: ["ghcr.io/org/**", "redis"]
    anyOf:
      - key: /trust/cosign.pub
      - identity: "https://github.com/org/app/**"
        issuer: https://token.actions.githubusercontent.com
        root: /trust/trusted_root.json
  - images: ["**"]
    mode: warn
    anyOf: [{key: /trust/cosign.pub}]
`.replace('"redis"', '"index.docker.io/redis"'),
    );
    const files = new Map([
      ['/trust/cosign.pub', pemOf(publicKey)],
      ['/trust/trusted_root.json', ROOT],
    ]);
    const parsed = parseTrust(FILE, (spec.ok && spec.value.trust) || [], files);
    const names = { aliases: { 'index.docker.io': 'docker.io' }, library: ['docker.io'] };
    const key = { kind: 'key', name: '/trust/cosign.pub', pem: pemOf(publicKey) };
    expect(parsed.ok && nameTrustImages(parsed.value, names)).toEqual([
      {
        number: 1,
        images: ['ghcr.io/org/**', 'docker.io/library/redis'],
        mode: 'enforce',
        anyOf: [
          key,
          {
            kind: 'identity',
            identity: 'https://github.com/org/app/**',
            issuer: 'https://token.actions.githubusercontent.com',
            root: ROOT,
          },
        ],
      },
      { number: 2, images: ['**'], mode: 'warn', anyOf: [key] },
    ]);
  });

  test.each([
    ['  - images: ["a/b:v1"]\n    anyOf: [{key: /k}]', 'images[0]', /without a tag/],
    ['  - images: []\n    anyOf: [{key: /k}]', 'images', /at least one image/],
    ['  - images: ["a/b"]\n    anyOf: []', 'anyOf', /at least one signer/],
    ['  - images: ["a/b"]\n    anyOf: [{key: k.pub}]', 'anyOf[0].key', /an absolute path/],
    ['  - images: ["a/b"]\n    anyOf: [{}]', 'anyOf[0]', /key alone, or identity/],
    ['  - images: ["a/b"]\n    anyOf: [{key: /k, issuer: x}]', 'anyOf[0]', /key alone/],
    ['  - images: ["a/b"]\n    anyOf: [{identity: x, issuer: x}]', 'anyOf[0]', /and root/],
    ['  - images: ["a/b"]\n    mode: audit\n    anyOf: [{key: /k}]', 'mode', /enforce or warn/],
    [
      '  - images: ["a/b"]\n    anyOf: [{keys: /k}]',
      'anyOf[0].keys',
      /^key, identity, issuer, root$/,
    ],
  ])('refuse %j', (yaml, path, accepted) => {
    expect(policyOf(yaml)).toContainEqual(
      expect.objectContaining({
        path: `${FILE} trust[0].${path}`,
        accepted: expect.stringMatching(accepted),
      }),
    );
  });

  test.each([
    [
      'a private key',
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /a private key$/,
    ],
    ['something else', 'hello', /something else$/],
    ['a damaged key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', /damaged$/],
    [
      'a short RSA key',
      pemOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      /1024 bits$/,
    ],
    ['a key of another kind', pemOf(generateKeyPairSync('x25519').publicKey), /type x25519$/],
  ])('refuse %s in place of a public key, and never quote it', (_, text, found) => {
    const parsed = parseTrust(FILE, KEY_RULE, new Map([['/trust/cosign.pub', text]]));
    expect(parsed.ok ? [] : parsed.issues).toMatchObject([
      { path: `${FILE} trust[0].anyOf[0].key`, found: expect.stringMatching(found) },
    ]);
    expect(JSON.stringify(parsed)).not.toContain('BEGIN');
  });

  test.each(['{}', 'x', ROOT.replace('"ctlogs"', '"others"'), ROOT.replace(/\{"uri[^}]*\}/, '7')])(
    'refuse %j in place of a trust root',
    (text) => {
      const anyOf = [{ identity: 'x', issuer: 'y', root: '/root' }];
      const parsed = parseTrust(FILE, [{ images: ['a/b'], anyOf }], new Map([['/root', text]]));
      expect(parsed.ok ? [] : parsed.issues).toMatchObject([
        { path: `${FILE} trust[0].anyOf[0].root`, accepted: expect.stringMatching(/trusted_root/) },
      ]);
    },
  );
});
