import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import {
  type Appliance,
  type Bundle,
  createCertificateAuthority,
  makeTemporaryFolder,
  runApplianceToEnd,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readMetric } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, startTraffic, type Target } from './traffic.ts';

const GOOD = 'registry_cache_config_last_reload_successful';
const STAYS = 'the certificate and its key do not fit; the last good pair stays until they do';
const ENV = { CERTIFICATEPATH: '/tls/tls.crt', CERTIFICATE_KEY_PATH: '/tls/tls.key' };
const authority = await createCertificateAuthority();
let stage: Stage;
let upstreams: NamedUpstreams;
let folder: string;
let first: Pair;
let appliance: Appliance;
let image: Bundle;
let targets: Target[];

beforeAll(async () => {
  stage = await openStage();
  upstreams = await startNamedUpstreams(stage, ['reg.test']);
  image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'certificate key' });
  targets = listTargets(upstreams.prefix('reg.test'), 'team/app', 'v1', image);
  folder = stage.use(await makeTemporaryFolder('tls')).path;
  await chmod(folder, 0o755);
  first = await makePair();
  const other = await makePair();
  // A key in the first file, here a wrong one, does not count.
  await swapSecret(first.certificatePem + other.keyPem, first.keyPem);
  appliance = await stage.appliance(
    {},
    {
      ...upstreams.options,
      pullSecret: upstreams.pullSecret('reg.test'),
      env: ENV,
      extraMounts: [`${folder}:/tls:ro`],
      // Clients of the tests trust this. The appliance does not read its file.
      tls: { ...first, ca: authority.certificatePem },
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

describe('a certificate and a key in two files', () => {
  it('are served', async () => {
    expect(await readServedCertificate()).toBe(first.fingerprint);
  });

  it('are replaced in two steps, and no pull fails', async () => {
    const next = await makePair();
    const traffic = startTraffic(appliance, targets);
    await swapSecret(next.certificatePem, first.keyPem);
    await until('the log says that the old pair stays', async () => {
      return (await readEvents(appliance)).some(({ msg }) => msg === STAYS);
    });
    expect(await readServedCertificate()).toBe(first.fingerprint);
    await swapSecret(next.certificatePem, next.keyPem);
    await untilServed(next);
    await untilMetric(1);
    await traffic.untilServed(10);
    expect(await traffic.stop()).toEqual([]);
  });

  it('are taken also if the second step comes late', async () => {
    const before = await readServedCertificate();
    const next = await makePair();
    // The key comes first, as a file that is written in place.
    await writeFile(join(folder, 'tls.key'), next.keyPem);
    await untilMetric(0);
    expect(await readServedCertificate()).toBe(before);
    const issues = (await readEvents(appliance)).findLast(({ level }) => level === 'error')?.issues;
    expect(issues).toEqual([
      expect.stringMatching(
        /^\/tls\/tls\.crt with \/tls\/tls\.key: found .*; accepted: a PEM file/,
      ),
    ]);
    await writeFile(join(folder, 'tls.crt'), next.certificatePem);
    await untilServed(next);
    await untilMetric(1);
  });

  it('stop a start if they do not fit', async () => {
    const other = stage.use(await makeTemporaryFolder('tls')).path;
    await chmod(other, 0o755);
    await writeFile(join(other, 'tls.crt'), first.certificatePem);
    await writeFile(join(other, 'tls.key'), (await makePair()).keyPem);
    const { exitCode, logs } = await runApplianceToEnd({
      pullSecret: { auths: { 'quay.io': {} } },
      network: stage.network,
      env: ENV,
      extraMounts: [`${other}:/tls:ro`],
    });
    expect(exitCode).toBe(1);
    expect(logs).toContain('the certificate and its key do not fit; waiting for a new pair');
    expect(logs).toContain(
      "registry-cache: /tls/tls.crt with /tls/tls.key: found a private key that is not the first certificate's; accepted: a PEM file with a certificate, and another with its private key, unencrypted",
    );
    expect(logs).not.toContain('PRIVATE KEY');
  });
});

interface Pair {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly fingerprint: string;
}

async function makePair(): Promise<Pair> {
  const pair = await authority.issue({ names: ['127.0.0.1', 'localhost'] });
  return { ...pair, fingerprint: new X509Certificate(pair.certificatePem).fingerprint256 };
}

/** Writes both files as Kubernetes does: into a new folder, which `..data` then leads to. */
async function swapSecret(certificate: string, key: string): Promise<void> {
  const version = `..${process.hrtime.bigint()}`;
  await mkdir(join(folder, version), { mode: 0o755 });
  await writeFile(join(folder, version, 'tls.crt'), certificate, { mode: 0o600 });
  await writeFile(join(folder, version, 'tls.key'), key, { mode: 0o600 });
  await symlink(version, join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
  for (const name of ['tls.crt', 'tls.key']) {
    await symlink(`..data/${name}`, join(folder, name)).catch(ignoreExisting);
  }
}

/** The links above stay after the first swap. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const untilMetric = (value: number) =>
  until(`${GOOD} is ${value}`, async () => (await readMetric(appliance, GOOD)) === value);

const untilServed = ({ fingerprint }: Pair) =>
  until('new connections get the new certificate', async () => {
    return (await readServedCertificate()) === fingerprint;
  });

async function readServedCertificate(): Promise<string> {
  const { hostname: host, port } = new URL(appliance.url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
