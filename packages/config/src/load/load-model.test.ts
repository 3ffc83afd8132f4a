import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths, unwrap } from '@registry-cache/domain';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServerCertificate } from '../certificate/create-server.ts';
import { placeholderBootFacts } from '../machine/boot-facts.ts';
import { PUBLIC_REGISTRIES } from '../pull-secret/public-registries.ts';
import { parseSettings } from '../settings/parse.ts';
import { loadModel } from './load-model.ts';

const log = pino({ level: 'silent' });
const facts = placeholderBootFacts();
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'load-'));
  await writeFile(join(dir, 'pull-secret.json'), '{"auths": {"quay.io": {}}}');
});

afterEach(() => rm(dir, { recursive: true }));

function load(
  certificates: 'make' | 'find' | 'placeholder',
  more: Record<string, string> = {},
  isPullSecretPathSet = true,
  hasPullSecret = false,
  hasRules = false,
) {
  const parsed = unwrap(
    parseSettings({
      PULLSECRETPATH: join(dir, 'pull-secret.json'),
      CERTIFICATEPATH: join(dir, 'certs.pem'),
      CERTIFICATE_NAMES: '*.cache.test',
      CONNECT_PROXY: 'on',
      CA_DIR: join(dir, 'ca'),
      ...more,
    }),
  );
  const settings = { ...parsed, isPullSecretPathSet };
  const run = runPaths(join(dir, 'run'));
  return loadModel({ settings, run, facts, certificates, hasPullSecret, hasRules, log });
}

const foundIn = ({ model }: Awaited<ReturnType<typeof load>>) =>
  model.ok ? [] : model.issues.map(({ path, found }) => `${path}: ${found}`);

describe('loadModel', () => {
  it('makes missing certificates, named after the served registries, and finds them afterwards', async () => {
    const made = unwrap((await load('make')).model);
    const { subjectAltName } = new X509Certificate(made.certificate);
    expect(subjectAltName).toContain('DNS:quay.io.cache.test');
    const found = unwrap((await load('find')).model);
    expect(found.certificate).toBe(made.certificate);
    expect(found.connect?.authority.chainPem).toBe(await readFile(join(dir, 'ca/ca.crt'), 'utf8'));
    const leaf = new X509Certificate(found.connect?.certificate ?? '');
    expect(leaf.checkHost('quay.io')).toBe('quay.io');
  });

  it('names a key of the rules for signatures that is missing, and follows it', async () => {
    const [key, policy] = [join(dir, 'cosign.pub'), join(dir, 'registry-cache.yaml')];
    await writeFile(policy, `trust: [{images: ["**"], anyOf: [{key: ${key}}]}]`);
    const missing = await load('placeholder', { POLICYPATH: policy });
    expect(foundIn(missing)).toEqual([`${key}: no such file`]);
    const { publicKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await writeFile(key, pem);
    const loaded = await load('placeholder', { POLICYPATH: policy });
    expect(unwrap(loaded.model).trust).toEqual([
      { number: 1, images: ['**'], mode: 'enforce', anyOf: [{ kind: 'key', name: key, pem }] },
    ]);
    expect(loaded.policyFiles).toEqual([key]);
    expect(loaded.fingerprint).not.toBe(missing.fingerprint);
  });

  it('makes nothing while another input is bad', async () => {
    await writeFile(join(dir, 'pull-secret.json'), 'nothing');
    const loaded = await load('make');
    expect(foundIn(loaded)).toEqual([`${join(dir, 'pull-secret.json')}: text that is not JSON`]);
    expect(existsSync(join(dir, 'certs.pem')) || existsSync(join(dir, 'ca'))).toBe(false);
  });

  it('has an issue for each certificate file that it does not find', async () => {
    const names = ['certs.pem', 'ca/ca.crt', 'ca/ca.key'];
    expect(foundIn(await load('find'))).toEqual(
      names.map((name) => `${join(dir, name)}: no such file`),
    );
  });

  it('does not write placeholders', async () => {
    const { connect } = unwrap((await load('placeholder')).model);
    expect(connect?.certificate).toContain('PRIVATE KEY');
    expect(existsSync(join(dir, 'certs.pem')) || existsSync(join(dir, 'ca'))).toBe(false);
  });

  it('takes the key of the certificate from its own file, and makes neither', async () => {
    const more = { CERTIFICATE_KEY_PATH: join(dir, 'tls.key'), CONNECT_PROXY: 'off' };
    expect(foundIn(await load('make', more))).toEqual([
      `${join(dir, 'certs.pem')}: no such file`,
      `${join(dir, 'tls.key')}: no such file`,
    ]);
    expect(existsSync(join(dir, 'certs.pem'))).toBe(false);
    const pem = await createServerCertificate(['cache.test'], new Date());
    const end = pem.indexOf('-----BEGIN PRIVATE');
    await writeFile(join(dir, 'certs.pem'), pem.slice(0, end));
    await writeFile(join(dir, 'tls.key'), pem.slice(end));
    for (const mode of ['make', 'find', 'placeholder'] as const) {
      expect(unwrap((await load(mode, more)).model).certificate).toBe(pem);
    }
    const { fingerprint } = await load('find', more);
    await writeFile(join(dir, 'tls.key'), 'nothing');
    const broken = await load('find', more);
    expect(foundIn(broken)).toEqual([
      `${join(dir, 'certs.pem')} with ${join(dir, 'tls.key')}: no private key`,
    ]);
    expect(broken.fingerprint).not.toBe(fingerprint);
  });

  it('serves the public registries where no pull secret is and no path was set', async () => {
    await rm(join(dir, 'pull-secret.json'));
    const model = unwrap((await load('placeholder', {}, false)).model);
    expect(model.isPublic).toBe(true);
    expect(model.upstreams.map(({ key }) => key)).toEqual([...PUBLIC_REGISTRIES].sort());
    expect(model.upstreams.every(({ credential }) => credential === undefined)).toBe(true);
    const named = unwrap((await load('placeholder', { REGISTRIES: 'quay.io' }, false)).model);
    expect(named.upstreams.map(({ key }) => key)).toEqual(['quay.io']);
    expect(named.isPublic).toBe(false);
  });

  it('serves no public registries where a path was set or a mount went wrong', async () => {
    const path = join(dir, 'pull-secret.json');
    expect(unwrap((await load('placeholder', {}, false)).model).isPublic).toBe(false);
    await writeFile(path, '');
    expect(foundIn(await load('placeholder', {}, false))).toHaveLength(1);
    await rm(path);
    expect(foundIn(await load('placeholder'))).toEqual([`${path}: no such file`]);
    await symlink('nowhere', path);
    expect(foundIn(await load('placeholder', {}, false))).toEqual([`${path}: no such file`]);
    await rm(path);
    await mkdir(path);
    const [found] = foundIn(await load('placeholder', {}, false));
    expect(found).toContain('a directory (podman makes one');
  });

  it('serves no public registries in place of a pull secret that was in use', async () => {
    const path = join(dir, 'pull-secret.json');
    await rm(path);
    const inUse = await load('placeholder', {}, false, true);
    expect(foundIn(inUse)).toEqual([`${path}: no such file`]);
    expect(unwrap((await load('placeholder', {}, false)).model).isPublic).toBe(true);
  });

  it.each(['', ' \n', undefined])(
    'keeps rules that are in force where their file is %j',
    async (text) => {
      const POLICYPATH = join(dir, 'registry-cache.yaml');
      if (text !== undefined) await writeFile(POLICYPATH, text);
      await load('make');
      const found = foundIn(await load('find', { POLICYPATH }, true, true, true));
      expect(found).toEqual([`${POLICYPATH}: nothing`]);
      expect(foundIn(await load('find', { POLICYPATH }, true, true, false))).toEqual([]);
      await writeFile(POLICYPATH, '{}');
      expect(foundIn(await load('find', { POLICYPATH }, true, true, true))).toEqual([]);
    },
  );

  it('changes the fingerprint with an input, and only then', async () => {
    await load('make');
    const { fingerprint } = await load('find');
    expect((await load('find')).fingerprint).toBe(fingerprint);
    await writeFile(join(dir, 'pull-secret.json'), '{"auths": {"ghcr.io": {}}}');
    expect((await load('find')).fingerprint).not.toBe(fingerprint);
  });
});
