import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths, Secret, unwrap } from '@registry-cache/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServerCertificate } from '../certificate/create.ts';
import { createAuthority } from '../certificate/create-authority.ts';
import { keepCertificates, parseServerCertificate } from '../certificate/parse.ts';
import { buildModel, type Model } from '../model/build.ts';
import { planModel } from '../model/plan.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parseSettings } from '../settings/parse.ts';
import type { RenderedTree } from './file.ts';
import { renderTree } from './tree.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');
const BOOT_SECRET = 'golden-boot-secret';
const SUPERVISOR_SECRET = 'golden-supervisor-secret';
const TOKEN_KEY = 'golden-token-key';

/** Made anew for each run, so not compared. */
const MADE = /^secrets\/|certs\.pem$|haproxy\/ca\.crt$/;

let certificate: string;
let authority: Awaited<ReturnType<typeof createAuthority>>;

beforeAll(async () => {
  certificate = await createServerCertificate(['localhost'], new Date());
  authority = await createAuthority(new Date());
});

/**
 * Each folder of golden/ has an input/ (pull secret, environment, optional files) and, in
 * expected/, the tree that it leads to. `vitest -u` writes the trees anew: read the
 * difference as configuration. tests/e2e/goldens.test.ts gives them to the real programs.
 */
describe.each(readdirSync(GOLDEN))('golden %s', (name) => {
  it('renders the expected tree', async () => {
    const expected = join(GOLDEN, name, 'expected');
    // Secrets are checked below; the certificate is another one each time.
    const shown = [...render(name).tree].filter(([path]) => !MADE.test(path));
    const withoutKey = keepCertificates(certificate);
    for (const [path, { content }] of shown) {
      const steady = content
        .replaceAll(withoutKey, 'GOLDEN CERTIFICATE\n')
        .replaceAll(authority.certificatePem.trimEnd(), 'GOLDEN AUTHORITY');
      await expect(steady).toMatchFileSnapshot(join(expected, path));
    }
    const found = readdirSync(expected, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(found.sort()).toEqual(shown.map(([path]) => join(expected, path)).sort());
  });

  it('closes every file that holds a secret to others, and what starts programs to all but root', () => {
    const { model, tree } = render(name);
    const secrets = listSecrets(model);
    const leaks = [...tree]
      .filter(([, { content }]) => secrets.some((secret) => content.includes(secret)))
      .filter(([, { mode }]) => mode !== 0o600 && mode !== 0o640);
    expect(leaks.map(([path]) => path)).toEqual([]);
    const own = [...tree].filter(([, { content }]) => content.includes(SUPERVISOR_SECRET));
    expect(own.map(([path, { mode }]) => [path, mode])).toEqual([
      ['secrets/supervisor-secret', 0o600],
      ['etc/supervisor/supervisord.conf', 0o600],
    ]);
  });
});

function render(name: string): { model: Model; tree: RenderedTree } {
  const read = (file: string) => {
    try {
      return readFileSync(join(GOLDEN, name, 'input', file), 'utf8');
    } catch {
      return undefined;
    }
  };
  const settings = parseSettings(JSON.parse(read('environment.json') ?? '{}'));
  if (!settings.ok) throw new Error(JSON.stringify(settings.issues));
  const inputs = {
    pullSecret: read('pull-secret.json'),
    policy: read('registry-cache.yaml'),
    certificate,
    authority:
      settings.value.CONNECT_PROXY === 'on'
        ? { file: 'ca.crt', certificate: authority.certificatePem, key: authority.keyPem }
        : undefined,
    htpasswd: read('htpasswd'),
    upstreamCa: undefined,
    authorities: new Map<string, string>(),
    clientFiles: new Map<string, Secret>(),
    policyFiles: [],
    issues: [],
  };
  const plan = unwrap(
    planModel(settings.value, inputs, parsePolicy(settings.value.POLICYPATH, inputs.policy ?? '')),
  );
  const server = unwrap(parseServerCertificate(settings.value.CERTIFICATEPATH, certificate));
  const proxy = plan.authority && { authority: plan.authority, certificate };
  const facts = {
    bootSecret: new Secret(BOOT_SECRET),
    supervisorSecret: new Secret(SUPERVISOR_SECRET),
    tokenKey: { privatePem: new Secret(TOKEN_KEY), publicPem: 'golden-public-key' },
    cpus: 2,
    hasIpv6: true,
    memoryBytes: 2 * 1024 ** 3,
    openFiles: 65_536,
  };
  const model = buildModel(plan, { server, proxy }, facts);
  return { model, tree: renderTree(model, runPaths(), 'registry-cache') };
}

function listSecrets({ upstreams }: Model): string[] {
  const passwords = upstreams.flatMap(({ credential }) => {
    if (credential?.kind === 'basic') {
      // An empty one is in every file.
      return [credential.password.reveal()].filter(Boolean).map((text) => JSON.stringify(text));
    }
    return credential !== undefined && 'token' in credential ? [credential.token.reveal()] : [];
  });
  const base64 = Buffer.from(BOOT_SECRET).toString('base64').slice(4, 20);
  return [BOOT_SECRET, SUPERVISOR_SECRET, TOKEN_KEY, base64, 'PRIVATE KEY', ...passwords];
}
