import { createPrivateKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ApplianceOptions,
  createCertificateAuthority,
  makeTemporaryFolder,
} from '@registry-cache/testbed';

/** A marker in every place where a secret could be. No line may show it. */
export const SECRET = 'secret-word';
const KEY_ACCEPTED = 'accepted: a registry host as quay.io';
const PEM_ACCEPTED = 'accepted: one PEM file with a certificate and its private key';

const folder = await makeTemporaryFolder('bad-input');
const authority = await createCertificateAuthority();
const one = await authority.issue({ names: ['localhost'] });
const other = await authority.issue({ names: ['localhost'] });

/** One start that must be refused. */
export interface Case {
  readonly what: string;
  readonly options: () => Partial<ApplianceOptions> | Promise<Partial<ApplianceOptions>>;
  /** How the line of each issue begins, without the program's name. */
  readonly lines: readonly string[];
}

const pullSecret = (what: string, value: object | string, ...lines: string[]): Case => ({
  what: `a pull secret ${what}`,
  options: () => ({ pullSecret: value }),
  lines: lines.map((line) => `/pull-secret.json${line}`),
});

const setting = (name: string, value: string, accepted: string): Case => ({
  what: `${name}=${value}`,
  options: () => ({ env: { [name]: value } }),
  lines: [`${name}: found ${JSON.stringify(value)}; accepted: ${accepted}`],
});

const certificate = (what: string, pem: () => string, found: string): Case => ({
  what: `a certificate file ${what}`,
  options: () => ({ tls: { certificatePem: pem(), keyPem: '', ca: '' } }),
  lines: [`/certs/certs.pem: found ${found}; ${PEM_ACCEPTED}`],
});

const htpasswd = (what: string, text: string, ...lines: string[]): Case => ({
  what: `an htpasswd file ${what}`,
  options: async () => {
    const file = join(folder.path, what.replaceAll(/\W/g, '-'));
    await writeFile(file, text, { mode: 0o600 });
    return {
      env: { REGISTRY_AUTH: 'htpasswd' },
      extraMounts: [`${file}:/auth/htpasswd:ro`],
    };
  },
  lines: lines.map((line) => `/auth/htpasswd${line}`),
});

const policy = (what: string, policyYaml: string, ...lines: string[]): Case => ({
  what: `a policy ${what}`,
  options: () => ({ policyYaml }),
  lines: lines.map((line) => `/registry-cache.yaml${line}`),
});

export const CASES: readonly Case[] = [
  pullSecret('that is empty', '', ': found text that is not JSON; accepted: {"auths":'),
  pullSecret('that is cut off', `{"auths": {"quay.io": {"auth": "${SECRET}`, ': found text'),
  pullSecret('without a registry', { auths: {} }, ' auths: found no registry; accepted: at least'),
  pullSecret('with a list of auths', { auths: [] }, ' auths: found object; accepted: an object'),
  pullSecret(
    'with wrong entries alone',
    {
      auths: {
        'quay.io': { auth: SECRET },
        'ghcr.io?x': {},
        'docker.io': { username: 'me', password: 7 },
      },
    },
    ` auths["quay.io"].auth: found ${SECRET.length} characters; accepted: base64 of user:password`,
    ` auths["ghcr.io?x"]: found "ghcr.io?x"; ${KEY_ACCEPTED}`,
    ' auths["docker.io"].password: found a number; accepted: a string',
  ),
  pullSecret(
    'with half a login',
    { auths: { 'quay.io': { password: SECRET } } },
    ' auths["quay.io"].username: found nothing; accepted: both or neither',
  ),
  pullSecret(
    'with a path that leads out',
    { auths: { 'quay.io/../etc': {} } },
    ' auths["quay.io/../etc"]: found',
  ),
  pullSecret(
    'with a store of credentials alone',
    { auths: {}, credsStore: 'pass' },
    ' credsStore: found "pass"',
  ),
  pullSecret(
    'with a comma too many',
    `{"auths": {"quay.io": {"auth": "${SECRET}"},\n}}`,
    ': found text that is not JSON; accepted: {"auths":',
  ),
  pullSecret(
    'in UTF-16',
    '{\0"\0a\0u\0t\0h\0s\0"\0:\0{\0}\0}\0',
    ': found text in UTF-16, as > of PowerShell writes it',
  ),
  pullSecret(
    'with a wildcard for too much alone',
    { auths: { '*.io': { auth: 'dTpw' } } },
    ' auths: found no registry',
  ),
  {
    what: 'a SOCKS proxy',
    options: () => ({ env: { https_proxy: `socks5h://me:${SECRET}@127.0.0.1:1080` } }),
    lines: ['https_proxy: found a socks5h:// proxy; accepted: an http:// or https:// proxy'],
  },
  setting('CLEANER_MAXSIZE', '10X', 'a positive number with one of the units'),
  setting('CLEANER_THRESHOLD_PERCENTAGE', '20%', 'a whole number from 0 to 1000'),
  setting('CLEANER_RUNEVERY_TIME', 'often', 'a duration above zero as 30m'),
  setting('MANIFEST_CACHE_PRIMARY_REGEX', '(stable', 'a regular expression such as'),
  setting('OFFLINE', 'yes', 'true or false'),
  setting('REGISTRY_AUTH', 'silly', '(empty), htpasswd'),
  setting('HEALTH_LISTEN', 'localhost', 'ADDRESS:PORT or :PORT'),
  setting('REDIRECT_LISTEN', '80', 'ADDRESS:PORT or :PORT'),
  setting('DEFAULT_REGISTRY', 'ghcr.io', 'none, or a registry of the pull secret: quay.io'),
  {
    what: 'several settings at once',
    options: () => ({ env: { CLEANER_MAXSIZE: '-1', EGRESS_PORT: '99999', LOG_LEVEL: 'loud' } }),
    lines: ['CLEANER_MAXSIZE: found "-1"', 'EGRESS_PORT: found "99999"', 'LOG_LEVEL: found "loud"'],
  },
  {
    what: 'a pull secret that is not there',
    options: () => ({ env: { PULLSECRETPATH: '/nowhere.json' } }),
    lines: ['/nowhere.json: found no such file; accepted: a pull secret'],
  },
  {
    what: 'a folder where the pull secret should be',
    options: () => ({ env: { PULLSECRETPATH: '/etc' } }),
    lines: ['/etc: found a directory (podman makes one where the file to mount does not exist)'],
  },
  {
    what: 'a pull secret that this user may not read',
    options: () => ({ env: { PULLSECRETPATH: '/etc/shadow' }, user: '12345:12345' }),
    lines: ['/etc/shadow: found a file that this user may not read'],
  },
  {
    what: 'a store that this user may not write to',
    options: () => ({ env: { REGISTRYDIR: '/usr' }, user: '12345:12345' }),
    lines: ['REGISTRYDIR /usr: found EACCES; accepted: a directory that this container may write'],
  },
  certificate('without a key', () => one.certificatePem, 'no private key'),
  certificate('without a certificate', () => one.keyPem, 'no certificate'),
  certificate('of garbage', () => `garbage ${SECRET}`, 'no certificate'),
  certificate(
    'with the key of another certificate',
    () => one.certificatePem + other.keyPem,
    "a private key that is not the first certificate's",
  ),
  certificate(
    'with an encrypted key',
    () => one.certificatePem + encrypt(one.keyPem),
    'a private key that is damaged or encrypted',
  ),
  certificate(
    'with a damaged certificate',
    () => one.certificatePem.replace(/\n.{40}/, '\n') + one.keyPem,
    'a damaged certificate',
  ),
  htpasswd(
    'with other hashes',
    `a:$apr1$${SECRET}\nb:{SHA}${SECRET}\n${SECRET}\n`,
    ' line 1: found an MD5 (apr1) hash; accepted: user:hash with a bcrypt hash',
    ' line 2: found a SHA-1 hash',
    ' line 3: found a line without a colon',
  ),
  {
    what: 'no htpasswd file',
    options: () => ({ env: { REGISTRY_AUTH: 'htpasswd' } }),
    lines: ['/auth/htpasswd: found no such file; accepted: an htpasswd file'],
  },
  policy('that is not YAML', 'upstreams: {', ': found'),
  policy(
    'with unknown keys',
    'upstream: {}\nupstreams: {quay.io: {uri: https://x}}',
    ' upstreams["quay.io"].uri: found a key that is not known; accepted: url, ca, aliases',
    ' upstream: found a key that is not known; accepted: upstreams',
  ),
  policy(
    'for a registry that is not in the pull secret',
    'upstreams: {ghcr.io: {}}',
    ' upstreams["ghcr.io"]: found a registry that the pull secret does not name; accepted: quay.io',
  ),
  policy(
    'with a wrong address and a missing authority',
    'upstreams: {quay.io: {url: "ftp://x", ca: "x"}}',
    ' upstreams["quay.io"].url: found "ftp://x"; accepted: https://HOST',
    ' upstreams["quay.io"].ca: found "x"; accepted: an absolute path, or PEM certificates',
  ),
  {
    what: 'problems in three files',
    options: () => ({
      pullSecret: '{}',
      policyYaml: 'x: 1',
      tls: { certificatePem: one.keyPem, keyPem: '', ca: '' },
    }),
    lines: [
      '/pull-secret.json auths: found no registry',
      '/registry-cache.yaml x: found a key that is not known',
      '/certs/certs.pem: found no certificate',
    ],
  },
];

function encrypt(keyPem: string): string {
  const options = {
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: SECRET,
  } as const;
  return createPrivateKey(keyPem).export(options).toString();
}
