import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from './clients.ts';
import { buildClientSetup, type ClientSetup } from './setup.ts';

const GOLDEN = join(import.meta.dirname, 'golden');
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nR09MREVO\n-----END CERTIFICATE-----\n';
const KEYS = ['docker.io', 'quay.io', 'quay.io/org/team', 'reg.example.com:5000', 'ghcr.io/org'];

/** The policy file may set a registry offline, here the one with a port. */
function setup(keys: readonly string[], htpasswd?: string): ClientSetup {
  const upstreams = keys.map((key) => {
    return { key, host: key.replace(/\/.*/, ''), offline: key.endsWith(':5000') };
  });
  const defaultRegistry = keys.includes('docker.io') ? 'docker.io' : undefined;
  const model = { upstreams, certificate: CERTIFICATE, htpasswd, issuers: [], defaultRegistry };
  return buildClientSetup(model, 'cache.example.com:8443');
}

const CASES: Readonly<Record<string, ClientSetup>> = {
  'every-kind-of-key': setup(KEYS),
  'with-login': setup(['docker.io', 'quay.io'], 'ann:$2y$05$hash'),
  'without-docker-hub': setup(['quay.io']),
};

/** One case has the script for kind in full, and the others have its hash. */
const SCRIPT_IN_FULL = 'every-kind-of-key';
const SCRIPT = '/kind-nodes.sh';

/** golden/<case>/<client> is the tree on the client. `vitest -u` writes it anew. */
describe.each(Object.keys(CASES))('%s', (name) => {
  it.each(Object.keys(CLIENTS))('makes the expected files for %s', async (client) => {
    const { files = [] } = CLIENTS[client]?.plan(CASES[name] as ClientSetup) ?? {};
    const folder = join(GOLDEN, name, client);
    const isHashed = (path: string) => path === SCRIPT && name !== SCRIPT_IN_FULL;
    const stored = files.map(({ path, content }) =>
      isHashed(path) ? { path: `${path}.sha256`, content: formatHash(content) } : { path, content },
    );
    for (const { path, content } of stored) {
      await expect(content).toMatchFileSnapshot(join(folder, path));
    }
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(found.sort()).toEqual(stored.map(({ path }) => join(folder, path)).sort());
  });
});

function formatHash(content: string): string {
  return `${createHash('sha256').update(content).digest('hex')}\n`;
}
