import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');

/** Each file needs the value itself, and says here for what. */
const OPENERS: Readonly<Record<string, string>> = {
  'packages/auth/src/credentials/identify.ts': 'finding out whether a password is a token',
  'packages/auth/src/credentials/verifier.ts': 'comparing a password with its hash',
  'packages/auth/src/guests/find-guest.ts': 'finding out whether a password is a token',
  'packages/auth/src/guests/guest-tokens.ts': 'encrypting the login of a guest',
  'packages/auth/src/guests/guest.ts': 'the Authorization header for a registry',
  'packages/auth/src/guests/try-login.ts': 'the Authorization header for egress',
  'packages/auth/src/tokens/issuer.ts': 'signing tokens',
  'packages/auth/src/tokens/token-reader.ts': 'checking tokens',
  'packages/cli/src/warm/door/open-door.ts': 'the Authorization header for egress',
  'packages/config/src/certificate/issue.ts': "signing the proxy's certificate",
  'packages/config/src/peers/derive-certificate.ts': 'the certificate of the peers',
  'packages/config/src/render/secrets.ts': 'files that programs read',
  'packages/config/src/settings/auth-registries.ts': 'parsing AUTH_REGISTRIES',
  'packages/domain/src/login-fingerprint.ts': 'a keyed hash of a login',
  'packages/egress/src/upstream/auth/cloud-access.ts': 'the login of the identity of a cloud',
  'packages/egress/src/upstream/auth/login.ts': 'the Authorization header',
  'packages/egress/src/upstream/auth/token-request.ts': 'the body of a token request',
};

it('opens a Secret in the listed files, and nowhere else', () => {
  const files = globSync('packages/*/src/**/*.ts', { cwd: ROOT });
  const openers = files.filter(
    (path) =>
      !path.endsWith('.test.ts') && readFileSync(join(ROOT, path), 'utf8').includes('.reveal()'),
  );
  expect(openers.sort()).toEqual(Object.keys(OPENERS).sort());
});
