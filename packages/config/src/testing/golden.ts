import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPaths, Secret, unwrap } from '@registry-cache/domain';
import { createAuthority } from '../certificate/create-authority.ts';
import { createServerCertificate } from '../certificate/create-server.ts';
import { keepCertificates, parseServerCertificate } from '../certificate/parse.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { buildModel, type Model } from '../model/build.ts';
import { planModel } from '../model/plan.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { RenderedTree } from '../render/file.ts';
import { renderTree } from '../render/tree.ts';
import { parseSettings } from '../settings/parse.ts';
import { NO_INPUTS } from './no-inputs.ts';

/** Each folder in it is one golden: `input/`, `expected/` and `hashes.txt`. */
export const GOLDENS = join(import.meta.dirname, '../../golden');

/** Secrets of every golden's boot. */
export const GOLDEN_SECRETS = {
  boot: 'golden-boot-secret',
  supervisor: 'golden-supervisor-secret',
  tokenKey: 'golden-token-key',
} as const;

/** Made anew for each run, so not compared. */
const MADE = /^secrets\/|certs\.pem$|peer\.pem$|haproxy\/ca\.crt$/;

/** One golden has the set-up scripts of clients in full. The Lua files are copies of `templates/`. */
const SCRIPTS_IN_FULL = 'every-key-and-entry';
const SCRIPT = /^etc\/haproxy\/setup\/.*\.sh$/;
const COPY = /\.lua$/;

export interface Golden {
  readonly model: Model;
  readonly tree: RenderedTree;
  /** Path to content of the files that stand in `expected/`. */
  readonly full: ReadonlyMap<string, string>;
  /** Path to content of the files that stand in `hashes.txt`. */
  readonly hashed: ReadonlyMap<string, string>;
}

/** New certificates, with which every golden is rendered. They are not compared. */
export interface GoldenCertificates {
  readonly certificate: string;
  readonly authority: Awaited<ReturnType<typeof createAuthority>>;
}

export async function createGoldenCertificates(): Promise<GoldenCertificates> {
  return {
    certificate: await createServerCertificate(['localhost'], new Date()),
    authority: await createAuthority(new Date()),
  };
}

/** Renders the input of one golden. */
export function renderGolden(name: string, certificates: GoldenCertificates): Golden {
  const model = modelOf(name, certificates);
  const tree = renderTree(model, runPaths(), 'registry-cache');
  const withoutKey = keepCertificates(certificates.certificate);
  const leaf = JSON.stringify(new X509Certificate(certificates.certificate).toString());
  const steady = [...tree]
    .filter(([path]) => !MADE.test(path))
    .map(([path, { content }]): [string, string] => [
      path,
      content
        .replaceAll(leaf, '"GOLDEN CERTIFICATE"')
        .replaceAll(withoutKey, 'GOLDEN CERTIFICATE\n')
        // As YAML has it, in a block.
        .replaceAll(withoutKey.replace(/^(?=.)/gm, '    '), '    GOLDEN CERTIFICATE\n')
        .replaceAll(certificates.authority.certificatePem.trimEnd(), 'GOLDEN AUTHORITY'),
    ]);
  const isHashed = (path: string) =>
    COPY.test(path) || (SCRIPT.test(path) && name !== SCRIPTS_IN_FULL);
  return {
    model,
    tree,
    full: new Map(steady.filter(([path]) => !isHashed(path))),
    hashed: new Map(steady.filter(([path]) => isHashed(path))),
  };
}

/** A line for each file, as `sha256sum` writes it. */
export function formatHashes(files: ReadonlyMap<string, string>): string {
  const lines = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return lines
    .map(([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`)
    .join('');
}

function modelOf(name: string, { certificate, authority }: GoldenCertificates): Model {
  const read = (file: string) => {
    try {
      return readFileSync(join(GOLDENS, name, 'input', file), 'utf8');
    } catch {
      return undefined;
    }
  };
  const settings = unwrap(parseSettings(JSON.parse(read('environment.json') ?? '{}')));
  const inputs: Inputs = {
    ...NO_INPUTS,
    pullSecret: read('pull-secret.json'),
    policy: read('registry-cache.yaml'),
    certificate,
    authority:
      settings.CONNECT_PROXY === 'on'
        ? { file: 'ca.crt', certificate: authority.certificatePem, key: authority.keyPem }
        : undefined,
    htpasswd: read('htpasswd'),
    peerSecret: read('peer-secret'),
  };
  const policy = parsePolicy(settings.POLICYPATH, inputs.policy ?? '');
  const plan = unwrap(planModel(settings, inputs, policy));
  const server = unwrap(parseServerCertificate(settings.CERTIFICATEPATH, certificate));
  const proxy = plan.authority && { authority: plan.authority, certificate };
  return buildModel(plan, { server, proxy }, GOLDEN_FACTS);
}

const GOLDEN_FACTS = {
  bootSecret: new Secret(GOLDEN_SECRETS.boot),
  supervisorSecret: new Secret(GOLDEN_SECRETS.supervisor),
  tokenKey: { privatePem: new Secret(GOLDEN_SECRETS.tokenKey), publicPem: 'golden-public-key' },
  cpus: 2,
  hasIpv6: true,
  memoryBytes: 2 * 1024 ** 3,
  openFiles: 65_536,
  systemCa: 'GOLDEN SYSTEM AUTHORITIES\n',
};
