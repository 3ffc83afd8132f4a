import {
  type Appliance,
  type CertificateAuthority,
  createCertificateAuthority,
  type InterruptibleServer,
  listenInterruptible,
  type RegistryProcess,
  runOrThrow,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagnoseBefore, type FoundFault, parseDiagnosis } from './doctor.ts';
import { describeUpstreams, openStage, type Stage } from './stage.ts';

/** Packets of this size and more belong to a handshake, and not to a connection or a short answer. */
const LARGE_BYTES = 600;
/** An address of the documentation (RFC 3849). */
const NOWHERE = '2001:db8::1';

let stage: Stage;
let authority: CertificateAuthority;
let registry: RegistryProcess;
let silent: InterruptibleServer;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [host, 'both.test'] });
  registry = await stage.upstream({ tls });
  silent = stage.use(await listenInterruptible({ host, onRequest: () => undefined }));
  silent.setConnectionMode('mute');
  appliance = await stage.appliance(
    {
      'near.test': { url: registry.url },
      'both.test': { url: `https://both.test:${registry.port}` },
    },
    {
      upstreamCa: authority.certificatePem,
      env: { CLEANER_MAXSIZE: '64M' },
      extraArgs: [`--add-host=both.test:${host}`],
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

async function diagnose(): Promise<readonly FoundFault[]> {
  const report = parseDiagnosis(await appliance.exec(['registry-cache', 'doctor', '--json']));
  return report.findings;
}

/** Runs a command in the network of the appliance. */
async function inNetwork(...argv: string[]): Promise<void> {
  await runOrThrow('nsenter', [`--target=${await appliance.pid()}`, '--net', ...argv]);
}

/** Drops packets that come in or go out, while `work` runs. */
async function dropping<T>(rule: readonly string[], work: () => Promise<T>): Promise<T> {
  await inNetwork('iptables', '-A', ...rule, '-j', 'DROP');
  try {
    return await work();
  } finally {
    await inNetwork('iptables', '-D', ...rule, '-j', 'DROP');
  }
}

it('a network that is well has no finding', async () => {
  expect(await diagnose()).toEqual([]);
});

it.each(['INPUT', 'OUTPUT'])('an MTU that drops large packets of %s', async (chain) => {
  const side = chain === 'INPUT' ? '--sport' : '--dport';
  const rule = [chain, '-p', 'tcp', side, String(registry.port)];
  const findings = await dropping(
    [...rule, '-m', 'length', '--length', `${LARGE_BYTES}:`],
    diagnose,
  );
  expect(findings.map(({ id }) => id)).toEqual(['mtu-drops', 'mtu-drops']);
  expect(findings[0]?.found).toMatch(/^small answers, .* MTU here: eth0 \d+$/);
  expect(findings[0]?.advice).toContain('mtu=1400');
});

it('a firewall that drops connections', async () => {
  const rule = ['OUTPUT', '-p', 'tcp', '--dport', String(registry.port)];
  const findings = await dropping(rule, diagnose);
  expect(findings).toMatchObject(
    [
      { id: 'connection-silent', subject: 'near.test' },
      { id: 'connection-silent', subject: 'both.test' },
    ].toSorted((one, other) => one.subject.localeCompare(other.subject)),
  );
});

it('a black hole of IPv6', async () => {
  await inNetwork('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=0');
  await inNetwork('sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0');
  await inNetwork('ip', '-6', 'address', 'add', '2001:db8::2/64', 'dev', 'eth0', 'nodad');
  // Nobody has that hardware address, so what is sent there is gone.
  const nobody = ['lladdr', '02:00:00:00:00:01', 'nud', 'permanent'];
  await inNetwork('ip', '-6', 'neighbour', 'add', NOWHERE, 'dev', 'eth0', ...nobody);
  const line = `${NOWHERE} both.test`;
  await appliance.exec(['sh', '-c', `echo '${line}' >>/etc/hosts`], { user: '0' });
  const findings = await diagnose();
  expect(findings).toMatchObject([
    { id: 'ipv6-black-hole', subject: 'both.test', found: `no connection to ${NOWHERE}` },
  ]);
  expect(findings[0]?.advice).toContain('disable_ipv6');
});

it('a host that takes connections and is silent', async () => {
  const { findings } = await diagnoseBefore({
    network: stage.network,
    ...describeUpstreams({ 'mute.test': { url: silent.url.replace('http:', 'https:') } }),
  });
  expect(findings).toMatchObject([{ id: 'tls-silent', subject: 'mute.test' }]);
});

it('a network without a route', async () => {
  const { findings } = await diagnoseBefore({
    network: stage.network,
    hasRoute: false,
    ...describeUpstreams({ 'far.test': { url: 'https://192.0.2.1' } }),
  });
  expect(findings).toMatchObject([{ id: 'no-route', subject: 'far.test' }]);
});

it('a name server that is silent', async () => {
  const { findings } = await diagnoseBefore({
    network: stage.network,
    extraArgs: ['--dns=192.0.2.1'],
    ...describeUpstreams({ 'far.test': { url: 'https://far.test' } }),
  });
  expect(findings).toMatchObject([{ id: 'name-silent', subject: 'far.test' }]);
});
