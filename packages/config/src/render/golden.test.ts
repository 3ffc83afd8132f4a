import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../model/build.ts';
import {
  createGoldenCertificates,
  formatHashes,
  GOLDEN_SECRETS,
  GOLDENS,
  type GoldenCertificates,
  renderGolden,
} from '../testing/golden.ts';

let certificates: GoldenCertificates;

beforeAll(async () => {
  certificates = await createGoldenCertificates();
});

/**
 * Each golden has an input/ (pull secret, environment, optional files), the tree that it leads to
 * in expected/, and hashes of scripts that stand in full elsewhere. `vitest -u` writes them anew:
 * read the difference as configuration. tests/e2e/goldens.test.ts gives them to the real programs.
 */
describe.each(readdirSync(GOLDENS))('golden %s', (name) => {
  it('renders the expected tree', async () => {
    const expected = join(GOLDENS, name, 'expected');
    const { full, hashed } = renderGolden(name, certificates);
    for (const [path, content] of full) {
      await expect(content).toMatchFileSnapshot(join(expected, path));
    }
    await expect(formatHashes(hashed)).toMatchFileSnapshot(join(GOLDENS, name, 'hashes.txt'));
    const found = readdirSync(expected, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(found.sort()).toEqual([...full.keys()].map((path) => join(expected, path)).sort());
  });

  it('closes files that hold secrets to others, and files that start programs to all but root', () => {
    const { model, tree } = renderGolden(name, certificates);
    const secrets = listSecrets(model);
    const leaks = [...tree]
      .filter(([, { content }]) => secrets.some((secret) => content.includes(secret)))
      .filter(([, { mode }]) => mode !== 0o600 && mode !== 0o640);
    expect(leaks.map(([path]) => path)).toEqual([]);
    const own = [...tree].filter(([, { content }]) => content.includes(GOLDEN_SECRETS.supervisor));
    expect(own.map(([path, { mode }]) => [path, mode])).toEqual([
      ['secrets/supervisor-secret', 0o600],
      ['etc/supervisor/supervisord.conf', 0o600],
    ]);
  });
});

function listSecrets({ upstreams }: Model): string[] {
  const passwords = upstreams.flatMap(({ credential }) => {
    if (credential?.kind === 'basic') {
      // Every file contains the empty text.
      return [credential.password.reveal()].filter(Boolean).map((text) => JSON.stringify(text));
    }
    return credential !== undefined && 'token' in credential ? [credential.token.reveal()] : [];
  });
  const base64 = Buffer.from(GOLDEN_SECRETS.boot).toString('base64').slice(4, 20);
  return [...Object.values(GOLDEN_SECRETS), base64, 'PRIVATE KEY', ...passwords];
}
