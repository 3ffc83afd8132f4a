import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Appliance,
  type ApplianceOptions,
  type CertificateAuthority,
  createCertificateAuthority,
  type FaultProxy,
  findFreePort,
  listenInterruptible,
  makeTemporaryFolder,
  type RegistryProcess,
  runCommand,
  runOrThrow,
  type S3Server,
  startFaultProxy,
  startS3Server,
  startTokenService,
  type TokenService,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseBefore, findOne, LOGIN, parseDiagnosis } from './doctor.ts';
import { IMAGE } from './inside.ts';
import { mountStore } from './memory-store.ts';
import { describeUpstreams, openStage, type Stage, type UpstreamUse } from './stage.ts';

let stage: Stage;
let authority: CertificateAuthority;
let tokens: TokenService;
let secure: RegistryProcess;
let basic: RegistryProcess;
let byToken: FaultProxy;
let s3: S3Server;
let closedPort: number;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [host] });
  const passwords = { [LOGIN.username]: LOGIN.password };
  tokens = stage.use(await startTokenService({ host, passwords }));
  secure = await stage.upstream({ tls });
  basic = await stage.upstream({ passwords });
  const registry = await stage.upstream({ tokens: tokens.trust });
  byToken = stage.use(await startFaultProxy({ host, upstream: registry.url }));
  s3 = stage.use(await startS3Server(host));
  closedPort = await findFreePort(host);
});

afterAll(() => stage[Symbol.asyncDispose]());

/** One upstream that is well, by Basic. Others stand beside it. */
const well = (): Record<string, UpstreamUse> => ({
  'basic.test': { url: basic.url, entry: LOGIN },
});
const by = (upstreams: Record<string, UpstreamUse>, options: Partial<ApplianceOptions> = {}) => ({
  network: stage.network,
  ...describeUpstreams({ ...well(), ...upstreams }),
  ...options,
});

describe('an appliance that is well', () => {
  let appliance: Appliance;

  beforeAll(async () => {
    const upstreams = {
      ...well(),
      'token.test': { url: byToken.url, entry: LOGIN },
      'secure.test': { url: secure.url },
    };
    const env = { CLEANER_MAXSIZE: '64M', HTTP_LISTEN: '127.0.0.1:5000' };
    const upstreamCa = authority.certificatePem;
    appliance = await stage.appliance(upstreams, { env, upstreamCa });
  });

  it('has no finding, and asks for nothing that counts as a pull', async () => {
    byToken.forget();
    const { findings, exitCode, notTried } = parseDiagnosis(
      await appliance.exec(['registry-cache', 'doctor', '--json']),
    );
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
    expect(Object.keys(notTried)).toEqual(['peers', 'bucket', 'collectors', 'services']);
    expect(byToken.seen.map(({ path }) => path)).toEqual(['/v2/', '/v2/']);
    expect(tokens.requests.at(-1)).toMatchObject({ scopes: [], status: 200 });
  });

  it('prints a line for each check', async () => {
    const { stdout } = await appliance.exec(['registry-cache', 'doctor', '--only', 'logins']);
    expect(stdout).toBe('ok         logins       2 of 2 challenges answered');
  });

  it('refuses the name of a check that does not exist', async () => {
    const { stderr, exitCode } = await appliance.exec(['registry-cache', 'doctor', '--only', 'x']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('--only: found "x"; accepted: inputs, certificate');
  });

  it('finds few open files', async () => {
    const command = 'ulimit -n 1024; registry-cache doctor --json';
    const { findings } = parseDiagnosis(await appliance.exec(['sh', '-c', command]));
    expect(findings).toMatchObject([{ id: 'open-files-few', found: '1024' }]);
  });

  it('finds ports that another program has', async () => {
    // The appliance is the other program: only its network is shared.
    const report = parseDiagnosis(
      await runCommand('podman', [
        ...['run', '--rm', `--network=container:${appliance.id}`, '--entrypoint=registry-cache'],
        ...['--no-healthcheck', IMAGE, 'doctor', '--json', '--only', 'ports'],
      ]),
    );
    expect(report.findings.map(({ id, subject }) => [id, subject])).toEqual([
      ['port-taken', 'the TLS port :8443'],
      ['port-taken', 'EGRESS_PORT 127.0.0.1:5001'],
      ['port-taken', 'HEALTH_LISTEN 127.0.0.1:8081'],
    ]);
  });

  it('finds a store that the programs may no longer write to', async () => {
    await runOrThrow('chown', ['0:0', appliance.storeDir]);
    await chmod(appliance.storeDir, 0o755);
    const { findings } = parseDiagnosis(
      await appliance.exec(['registry-cache', 'doctor', '--json']),
    );
    expect(findings).toMatchObject([{ id: 'store-forbidden', found: 'EACCES' }]);
  });
});

it('has no finding before a start either', async () => {
  const { findings, exitCode } = await diagnoseBefore(
    by({ 'token.test': { url: byToken.url, entry: LOGIN } }),
  );
  expect(findings).toEqual([]);
  expect(exitCode).toBe(0);
});

describe('files and settings', () => {
  it('a pull secret that is no JSON', async () => {
    const finding = await findOne({ network: stage.network, pullSecret: '{"auths":' });
    expect(finding).toMatchObject({ id: 'input-broken', subject: '/pull-secret.json' });
  });

  it('an entry that nobody understands', async () => {
    const entry = { auth: 'not base64 of anything' };
    const { pullSecret, policyYaml } = describeUpstreams(well());
    const auths = { ...pullSecret.auths, 'odd.test': entry };
    const finding = await findOne({ network: stage.network, pullSecret: { auths }, policyYaml });
    expect(finding).toMatchObject({ id: 'entry-left-out' });
  });

  it('a policy for an upstream that does not exist', async () => {
    const policyYaml = '{"upstreams": {"lost.test": {"tags": {"default": "1h"}}}}';
    const finding = await findOne({ ...by({}), policyYaml });
    expect(finding).toMatchObject({
      id: 'input-broken',
      subject: '/registry-cache.yaml upstreams["lost.test"]',
    });
  });

  it('a variable that nothing reads', async () => {
    const finding = await findOne(by({}, { env: { REGISTRY_PROXY_TTL: '1h' } }));
    expect(finding).toMatchObject({ id: 'variable-unread', subject: 'REGISTRY_PROXY_TTL' });
  });

  it('passwords with cheap hashes', async () => {
    const finding = await findOne(by({}, { passwords: { ann: 'x' } }));
    expect(finding).toMatchObject({ id: 'hash-cheap', severity: 'warning' });
  });

  it('passwords that cross the network in plain text', async () => {
    const options = by({}, { passwords: { ann: 'x' }, env: { HTTP_LISTEN: ':5000' } });
    const finding = await findOne(options, '--only', 'ingress');
    expect(finding).toMatchObject({ id: 'passwords-in-clear', found: ':5000' });
  });

  it.each([
    [1, 'certificate-ends', 'error'],
    [20, 'certificate-ends', 'warning'],
    [-1, 'certificate-ended', 'error'],
  ])('a certificate that ends in %i days', async (days, id, severity) => {
    const issued = await authority.issue({ names: ['cache.test'], days });
    const tls = { ...issued, ca: authority.certificatePem };
    const finding = await findOne(by({}, { tls }));
    expect(finding).toMatchObject({ id, severity, subject: '/certs/certs.pem' });
  });

  it('a certificate without the names that are wanted', async () => {
    const issued = await authority.issue({ names: ['cache.test'] });
    const tls = { ...issued, ca: authority.certificatePem };
    // It ends in 30 days, less the moment since it was issued.
    const env = { CERTIFICATE_NAMES: 'cache.test other.test' };
    const { findings } = await diagnoseBefore(by({}, { tls, env }), '--only', 'certificate');
    expect(findings.filter(({ id }) => id !== 'certificate-ends')).toMatchObject([
      { id: 'certificate-names', found: 'no other.test among its names' },
    ]);
  });
});

describe('the machine', () => {
  it('a disk that is full', async () => {
    const storeDir = await mountStore(stage, 'doctor', 'size=2m');
    await writeFile(join(storeDir, 'file'), Buffer.alloc(2 ** 21)).catch(() => undefined);
    const finding = await findOne(by({}, { storeDir }));
    expect(finding).toMatchObject({ id: 'disk-full', subject: '/var/lib/registry' });
  });

  it('a disk without inodes', async () => {
    const storeDir = await mountStore(stage, 'doctor', 'size=200m,nr_inodes=4');
    for (const name of ['a', 'b', 'c', 'd']) {
      await writeFile(join(storeDir, name), '').catch(() => undefined);
    }
    const finding = await findOne(by({}, { storeDir }));
    expect(finding).toMatchObject({ id: 'inodes-gone' });
  });

  it('a disk that is smaller than the limit', async () => {
    const storeDir = await mountStore(stage, 'doctor', 'size=32m');
    const finding = await findOne(by({}, { storeDir }));
    expect(finding).toMatchObject({ id: 'disk-small', severity: 'warning' });
  });

  it('a store that is mounted read-only', async () => {
    const storeDir = await mountStore(stage, 'doctor', 'size=200m');
    await runOrThrow('mount', ['-o', 'remount,ro', storeDir]);
    const finding = await findOne(by({}, { storeDir }));
    expect(finding).toMatchObject({ id: 'store-read-only' });
  });

  it('a store on two filesystems', async () => {
    const extraMounts = [
      `${await mountStore(stage, 'doctor', 'size=200m')}:/var/lib/registry/blobs`,
    ];
    const finding = await findOne(by({}, { extraMounts }));
    expect(finding).toMatchObject({ id: 'store-split', subject: '/var/lib/registry/blobs' });
  });

  it.each([
    ['--memory=256m', 'memory-small'],
    ['--pids-limit=100', 'processes-few'],
  ])('%s', async (limit, id) => {
    expect(await findOne(by({}, { extraArgs: [limit] }))).toMatchObject({ id });
  });

  it('an address that the container does not have', async () => {
    const finding = await findOne(by({}, { env: { HTTP_LISTEN: '192.0.2.1:5000' } }));
    expect(finding).toMatchObject({ id: 'address-foreign', subject: 'HTTP_LISTEN 192.0.2.1:5000' });
  });
});

describe('services of the site', () => {
  const bucket = (changes: Record<string, string>) =>
    by(
      {},
      {
        env: {
          ...s3.credentials,
          ...{ S3_BUCKET: 'cache', S3_ENDPOINT: s3.url, S3_PATH_STYLE: 'true', S3_EXPIRE: '0' },
          ...changes,
        },
      },
    );

  it('a bucket that is well', async () => {
    expect((await diagnoseBefore(bucket({}))).findings).toEqual([]);
  });

  it('a bucket whose rule cannot be read', async () => {
    const finding = await findOne(bucket({ S3_EXPIRE: '30d' }));
    expect(finding).toMatchObject({ id: 'bucket-keeps-all', severity: 'warning' });
  });

  it('credentials that a bucket refuses', async () => {
    const finding = await findOne(bucket({ AWS_SECRET_ACCESS_KEY: 'wrong' }));
    expect(finding).toMatchObject({ id: 'bucket-refused', subject: 'the bucket cache' });
  });

  it('a bucket that does not answer', async () => {
    const endpoint = `http://${stage.network.gateway}:${closedPort}`;
    const finding = await findOne(bucket({ S3_ENDPOINT: endpoint }));
    expect(finding).toMatchObject({ id: 'bucket-silent' });
  });

  it('a log collector that does not answer', async () => {
    const env = { LOG_FORWARD: `tcp://${stage.network.gateway}:${closedPort}` };
    const finding = await findOne(by({}, { env }));
    expect(finding).toMatchObject({ id: 'collector-silent', found: 'ECONNREFUSED' });
  });

  it('a log collector that is not trusted', async () => {
    const tls = await authority.issue({ names: [stage.network.gateway] });
    const onRequest = () => undefined;
    const server = stage.use(
      await listenInterruptible({ host: stage.network.gateway, tls, onRequest }),
    );
    const env = { LOG_FORWARD: `tls://${server.host}:${server.port}` };
    const finding = await findOne(by({}, { env }));
    expect(finding).toMatchObject({ id: 'collector-untrusted' });
  });

  it('a scanner and a collector of traces that do not answer', async () => {
    const nowhere = `http://${stage.network.gateway}:${closedPort}`;
    const described = by({}, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: nowhere } });
    const policy = {
      ...JSON.parse(described.policyYaml),
      admission: [{ images: ['basic.test/**'], ask: `${nowhere}/a-secret-path` }],
    };
    const policyYaml = JSON.stringify(policy);
    const { findings } = await diagnoseBefore({ ...described, policyYaml });
    expect(findings).toMatchObject([
      { id: 'scanner-silent', subject: nowhere, found: 'ECONNREFUSED' },
      { id: 'traces-silent', subject: nowhere, found: 'ECONNREFUSED' },
    ]);
  });

  it('keys of an issuer and a scanner behind certificates that nobody trusts', async () => {
    const tls = await authority.issue({ names: [stage.network.gateway] });
    const onRequest = () => undefined;
    const host = stage.network.gateway;
    const server = stage.use(await listenInterruptible({ host, tls, onRequest }));
    const described = by({});
    const policyYaml = JSON.stringify({
      ...JSON.parse(described.policyYaml),
      authentication: {
        issuers: [
          {
            ...{ issuer: 'https://issuer.test', audience: 'cache', user: 'sub' },
            keys: `${server.url}/keys`,
          },
        ],
      },
      admission: [{ images: ['basic.test/**'], ask: server.url }],
    });
    const { findings } = await diagnoseBefore({ ...described, policyYaml });
    expect(findings.map(({ id }) => id)).toEqual(['issuer-untrusted', 'scanner-untrusted']);
  });

  const peers = async (value: string) => {
    const folder = stage.use(await makeTemporaryFolder('peers'));
    await writeFile(join(folder.path, 'secret'), 'the-secret-of-the-peers\n', { mode: 0o600 });
    return by(
      {},
      {
        env: { PEERS: value, PEER_LISTEN: ':8444', PEER_SECRET_PATH: '/peers/secret' },
        extraMounts: [`${folder.path}:/peers:ro`],
      },
    );
  };

  it('a replica that does not answer', async () => {
    const peer = `${stage.network.gateway}:${closedPort}`;
    const finding = await findOne(await peers(peer));
    expect(finding).toMatchObject({ id: 'peer-silent', subject: peer });
  });

  it('a replica with another secret', async () => {
    const peer = new URL(secure.url).host;
    const finding = await findOne(await peers(peer));
    expect(finding).toMatchObject({ id: 'peer-refused', subject: peer });
  });

  it('a name without replicas', async () => {
    const finding = await findOne(await peers('dns:peers.invalid:8444'));
    expect(finding).toMatchObject({ id: 'peers-unknown', subject: 'dns:peers.invalid:8444' });
  });
});
