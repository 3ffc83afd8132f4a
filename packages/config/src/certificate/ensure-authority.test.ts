import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPaths, Secret } from '@registry-cache/domain';
import { execa } from 'execa';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSettings } from '../settings/parse.ts';
import { createAuthority } from './create-authority.ts';
import { ensureAuthority, findAuthority } from './ensure-authority.ts';
import { issueCertificate } from './issue.ts';
import { parseAuthority } from './parse-authority.ts';

const log = pino({ level: 'silent' });
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'authority-'));
});

afterEach(() => rm(dir, { recursive: true }));

async function ensure(environment: Record<string, string>) {
  const settings = parseSettings({ CA_DIR: join(dir, 'ca'), ...environment });
  if (!settings.ok) throw new Error(JSON.stringify(settings.issues));
  const run = runPaths(join(dir, 'run'));
  await ensureAuthority(settings.value, run, log);
  return findAuthority(settings.value, run);
}

describe('ensureAuthority', () => {
  it('does nothing while the proxy is off', async () => {
    expect(await ensure({})).toBeUndefined();
    await mkdir(join(dir, 'ca'));
    expect(await ensure({ CONNECT_PROXY: 'off' })).toBeUndefined();
  });

  it('makes an authority in an existing folder, with a key for its owner alone, and keeps it', async () => {
    await mkdir(join(dir, 'ca'));
    const made = await ensure({});
    const text = await readFile(made?.certificate ?? '', 'utf8');
    expect((await stat(made?.key ?? '')).mode & 0o777).toBe(0o600);
    expect((await stat(made?.certificate ?? '')).mode & 0o777).toBe(0o644);
    await ensure({});
    expect(await readFile(made?.certificate ?? '', 'utf8')).toBe(text);
  });

  it('makes an authority for this boot where it cannot be kept', async () => {
    await writeFile(join(dir, 'file'), '');
    const made = await ensure({ CONNECT_PROXY: 'on', CA_DIR: join(dir, 'file/ca') });
    expect(made?.key).toBe(join(dir, 'run/made-authority/ca.key'));
  });

  it('never replaces half an authority', async () => {
    await mkdir(join(dir, 'ca'));
    await writeFile(join(dir, 'ca/ca.crt'), 'mine');
    expect(await ensure({})).toMatchObject({ certificate: join(dir, 'ca/ca.crt') });
    expect(await readFile(join(dir, 'ca/ca.crt'), 'utf8')).toBe('mine');
  });
});

describe('an authority', () => {
  it('signs for many names at once, and is trusted for them', async () => {
    const { certificatePem, keyPem } = await createAuthority(new Date());
    const authority = { certificatePem, chainPem: certificatePem, keyPem: new Secret(keyPem) };
    const names = ['quay.io', `${'a'.repeat(63)}.${'b'.repeat(63)}.example.com`];
    const pem = await issueCertificate(authority, names, new Date());
    const leaf = new X509Certificate(pem);
    const issuer = new X509Certificate(certificatePem);
    expect(leaf.subjectAltName).toBe(names.map((name) => `DNS:${name}`).join(', '));
    expect(leaf.verify(issuer.publicKey) && leaf.checkIssued(issuer)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(
      leaf.checkPrivateKey(createPrivateKey(pem.slice(pem.indexOf('-----BEGIN PRIVATE')))),
    ).toBe(true);
  });

  it.each(['rsa:2048', 'ec:secp384r1'])('may be an operator’s own, of %s', async (kind) => {
    const { certificatePem, keyPem } = await createWithOpenssl(kind);
    const parsed = parseAuthority('/ca/ca.crt', certificatePem, keyPem);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const leaf = new X509Certificate(await issueCertificate(parsed.value, ['a.test'], new Date()));
    expect(leaf.verify(new X509Certificate(certificatePem).publicKey)).toBe(true);
  });

  it.each([
    ['as they do it today', []],
    ['as their older releases did it', ['-traditional']],
  ])('may be that of an intercepting proxy, whose key is encrypted %s', async (_when, form) => {
    const { certificatePem, keyPem } = await createWithOpenssl('rsa:2048');
    const encrypt = (word: string) =>
      execa('openssl', ['rsa', '-des3', ...form, '-passout', `pass:${word}`], { input: keyPem });
    const { stdout } = await encrypt('foobar');
    expect(stdout).toContain('ENCRYPTED');
    const parsed = parseAuthority('/ca/ca.crt', certificatePem, stdout);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const leaf = new X509Certificate(await issueCertificate(parsed.value, ['a.test'], new Date()));
    expect(leaf.verify(new X509Certificate(certificatePem).publicKey)).toBe(true);
    const others = (await encrypt('another-word')).stdout;
    expect(parseAuthority('/ca/ca.crt', certificatePem, others).ok).toBe(false);
  });

  it('is named in a certificate by the very bytes of its own name', async () => {
    const { certificatePem, keyPem } = await createWithOpenssl('rsa:2048');
    const parsed = parseAuthority('/ca/ca.crt', certificatePem, keyPem);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const leaf = new X509Certificate(await issueCertificate(parsed.value, ['a.test'], new Date()));
    const ofRoot = await listUtf8Strings(certificatePem);
    expect(ofRoot).toEqual(expect.arrayContaining(['Example authority']));
    expect(await listUtf8Strings(leaf.toString())).toEqual(expect.arrayContaining(ofRoot));
  });

  it('is refused with another one’s key, or if it cannot sign', async () => {
    const [one, two] = [await createAuthority(new Date()), await createAuthority(new Date())];
    const parse = (certificate: string, key: string) => {
      const parsed = parseAuthority('/ca/ca.crt', certificate, key);
      return parsed.ok ? 'accepted' : parsed.issues[0]?.found;
    };
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const authority = {
      certificatePem: one.certificatePem,
      chainPem: one.certificatePem,
      keyPem: new Secret(one.keyPem),
    };
    const leaf = await issueCertificate(authority, ['a.test'], new Date());
    expect(parse(one.certificatePem, one.keyPem)).toBe('accepted');
    expect(parse(one.certificatePem, two.keyPem)).toContain('not the certificate');
    expect(parse(one.certificatePem, other)).toContain('not the certificate');
    expect(parse(leaf, one.keyPem)).toContain('not an authority');
    expect(parse(one.certificatePem, 'nothing')).toContain('damaged');
    expect(parse('nothing', one.keyPem)).toBe('no certificate');
  });
});

async function createWithOpenssl(kind: string) {
  const [type = '', curve] = kind.split(':');
  const key = type === 'ec' ? ['ec', '-pkeyopt', `ec_paramgen_curve:${curve}`] : [kind];
  const [certificate, keyFile] = [join(dir, 'own.crt'), join(dir, 'own.key')];
  const subject = ['-subj', '/O=Example/CN=Example authority', '-days', '30'];
  const args = ['req', '-x509', '-nodes', '-newkey', ...key, ...subject];
  await execa('openssl', [...args, '-out', certificate, '-keyout', keyFile]);
  return {
    certificatePem: await readFile(certificate, 'utf8'),
    keyPem: await readFile(keyFile, 'utf8'),
  };
}

/** The texts of a certificate that are encoded as UTF8String. */
async function listUtf8Strings(pem: string): Promise<string[]> {
  const { stdout } = await execa('openssl', ['asn1parse'], { input: pem });
  return [...stdout.matchAll(/UTF8STRING +:(.*)/g)].map(([, text = '']) => text);
}
