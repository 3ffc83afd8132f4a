import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import {
  type Appliance,
  type Bundle,
  createCertificateAuthority,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readMetric } from './inside.ts';
import { type NamedUpstreams, startNamedUpstreams } from './named-upstreams.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, startTraffic, type Target } from './traffic.ts';

const GOOD = 'registry_cache_config_last_reload_successful';
const FAILURES = 'registry_cache_config_reload_failures_total';
let stage: Stage;
let upstreams: NamedUpstreams;
let appliance: Appliance;
let image: Bundle;
let targets: Target[];

beforeAll(async () => {
  stage = await openStage();
  upstreams = await startNamedUpstreams(stage, ['stays.test', 'later.test']);
  image = await pushImage(upstreams.registry, 'team/app', 'v1', { seed: 'broken reload' });
  targets = listTargets(upstreams.prefix('stays.test'), 'team/app', 'v1', image);
  // Single files, as the plain `podman run` mounts them. Only their content can change.
  appliance = await stage.appliance(
    {},
    { ...upstreams.options, policyYaml: '', pullSecret: upstreams.pullSecret('stays.test') },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const untilMetric = (name: string, value: number) =>
  until(`${name} is ${value}`, async () => (await readMetric(appliance, name)) === value);

/** The issues that the log has for broken changes, newest last. */
async function readComplaints(): Promise<string[]> {
  const events = await readEvents(appliance);
  return events.flatMap(({ level, issues }) => (level === 'error' ? (issues as string[]) : []));
}

describe('a change that is broken', () => {
  it.each([
    {
      what: 'a pull secret that is not JSON',
      break: () => appliance.writePullSecret('{"auths": {"secret-word'),
      mend: () => appliance.writePullSecret(upstreams.pullSecret('stays.test')),
      complaint: '/pull-secret.json: found text that is not JSON; accepted: {"auths":',
    },
    {
      what: 'a pull secret that is a broken .dockercfg',
      break: () => appliance.writePullSecret('{"stays.test": {"auth":\n"secret-word'),
      mend: () => appliance.writePullSecret(upstreams.pullSecret('stays.test')),
      complaint: '; the fault is at line 2, column 13',
    },
    {
      what: 'a pull secret that is broken YAML',
      break: () => appliance.writePullSecret('stays.test:\n  password: *secret-word\n'),
      mend: () => appliance.writePullSecret(upstreams.pullSecret('stays.test')),
      complaint: 'stands in quotes; the fault is at line 2, column 13',
    },
    {
      what: 'a malformed credential',
      break: () => appliance.writePullSecret({ auths: { 'stays.test': { auth: 'secret-word!' } } }),
      mend: () => appliance.writePullSecret(upstreams.pullSecret('stays.test')),
      complaint:
        '/pull-secret.json auths["stays.test"].auth: found 12 characters; accepted: base64 of user:password',
    },
    {
      what: 'a policy with an unknown key',
      break: () => appliance.writePolicy('upstream: {}\n'),
      mend: () => appliance.writePolicy('upstreams: {}\n'),
      complaint:
        '/registry-cache.yaml upstream: found a key that is not known; accepted: upstreams',
    },
    {
      what: 'a certificate without its key',
      break: async () => appliance.writeCertificate((await anotherCertificate()).certificatePem),
      mend: async () => appliance.writeCertificate((await anotherCertificate()).pem),
      complaint: '/certs/certs.pem: found no private key; accepted: one PEM file with',
    },
  ])('leaves the last good configuration in use, and is logged once: $what', async (change) => {
    const complaints = (await readComplaints()).length;
    const failuresBefore = await readMetric(appliance, FAILURES);
    // One of the changes brings another certificate.
    const traffic = startTraffic(appliance, targets, { trustAnyone: true });
    await change.break();
    await untilMetric(GOOD, 0);
    expect(await readMetric(appliance, FAILURES)).toBe((failuresBefore ?? 0) + 1);
    await traffic.untilServed(20);
    await change.mend();
    await untilMetric(GOOD, 1);
    expect(await traffic.stop()).toEqual([]);
    const news = (await readComplaints()).slice(complaints);
    expect(news).toEqual([expect.stringContaining(change.complaint)]);
    expect(await appliance.logs()).not.toContain('secret-word');
  });

  it('does not prevent the next good change', async () => {
    const events = (await readEvents(appliance)).length;
    await appliance.writePullSecret('[]');
    await untilMetric(GOOD, 0);
    await appliance.writePullSecret(upstreams.pullSecret('stays.test', 'later.test'));
    const [target] = listTargets(upstreams.prefix('later.test'), 'team/app', 'v1', image);
    await until('later.test is served', async () => {
      await using client = appliance.client({ trustAnyone: true });
      return (await client.get(target?.path ?? '')).status === 200;
    });
    await untilMetric(GOOD, 1);
    const messages = (await readEvents(appliance)).slice(events).map(({ msg }) => msg);
    expect(messages).toContain('a changed input is broken; the last good configuration stays');
    expect(messages).toContain('reloaded');
  });
});

describe('a pull secret that is mounted as a single file', () => {
  it('takes effect after each write, also after a broken one', async () => {
    const [target] = listTargets(upstreams.prefix('later.test'), 'team/app', 'v1', image);
    const untilStatus = (status: number) =>
      until(`later.test answers ${status}`, async () => {
        await using client = appliance.client({ trustAnyone: true });
        return (await client.get(target?.path ?? '')).status === status;
      });
    for (let round = 0; round < 4; round += 1) {
      await appliance.writePullSecret(upstreams.pullSecret('stays.test'));
      await untilStatus(404);
      await appliance.writePullSecret('{"auths": {');
      await untilMetric(GOOD, 0);
      await appliance.writePullSecret(upstreams.pullSecret('stays.test', 'later.test'));
      await untilStatus(200);
    }
    await untilMetric(GOOD, 1);
  }, 60_000);
});

describe('a certificate that is replaced', () => {
  it('is used for new connections, and open ones go on', async () => {
    const next = await anotherCertificate();
    await using before = appliance.client({ trustAnyone: true });
    const path = targets[0]?.path ?? '';
    expect((await before.get(path)).status).toBe(200);
    await appliance.writeCertificate(next.pem);
    await until('new connections get the new certificate', async () => {
      return (await readServedCertificate()) === next.fingerprint;
    });
    expect((await before.get(path)).status).toBe(200);
    await using trusting = appliance.client({ ca: next.ca });
    expect((await trusting.get(path)).status).toBe(200);
  });
});

async function anotherCertificate() {
  const authority = await createCertificateAuthority();
  const { certificatePem, keyPem } = await authority.issue({ names: ['127.0.0.1', 'localhost'] });
  return {
    ca: authority.certificatePem,
    certificatePem,
    pem: certificatePem + keyPem,
    fingerprint: new X509Certificate(certificatePem).fingerprint256,
  };
}

async function readServedCertificate(): Promise<string> {
  const { hostname: host, port } = new URL(appliance.url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
