import {
  type ApplianceOptions,
  type CertificateAuthority,
  createCertificateAuthority,
  type FaultProxy,
  findFreePort,
  type RegistryProcess,
  startFaultProxy,
  startForwardProxy,
  startTokenService,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findOne, LOGIN } from './doctor.ts';
import { describeUpstreams, openStage, type Stage, type UpstreamUse } from './stage.ts';

const DAY_S = 86_400;

let stage: Stage;
let authority: CertificateAuthority;
let secure: RegistryProcess;
let basic: RegistryProcess;
let faulty: FaultProxy;
let faultyTls: FaultProxy;
let closedPort: number;

beforeAll(async () => {
  stage = await openStage();
  const host = stage.network.gateway;
  authority = await createCertificateAuthority();
  const tls = await authority.issue({ names: [host] });
  const passwords = { [LOGIN.username]: LOGIN.password };
  const tokens = stage.use(await startTokenService({ host, passwords }));
  secure = await stage.upstream({ tls });
  basic = await stage.upstream({ passwords });
  const byToken = await stage.upstream({ tokens: tokens.trust });
  faulty = stage.use(await startFaultProxy({ host, upstream: byToken.url }));
  faultyTls = stage.use(await startFaultProxy({ host, tls, upstream: secure.url }));
  closedPort = await findFreePort(host);
});

beforeEach(() => {
  faulty.setRules();
  faultyTls.setRules();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** These upstreams, beside one that is well. */
const by = (upstreams: Record<string, UpstreamUse>, options: Partial<ApplianceOptions> = {}) => ({
  network: stage.network,
  ...describeUpstreams({ 'basic.test': { url: basic.url, entry: LOGIN }, ...upstreams }),
  ...options,
});

describe('ways', () => {
  it('a name that does not resolve', async () => {
    const finding = await findOne(by({ 'lost.test': { url: 'https://lost.invalid' } }));
    expect(finding).toMatchObject({
      id: expect.stringMatching(/^name-(unknown|silent)$/),
      subject: 'lost.invalid of lost.test',
    });
  });

  it('a port on which nothing listens', async () => {
    const url = `http://${stage.network.gateway}:${closedPort}`;
    const finding = await findOne(by({ 'gone.test': { url } }));
    expect(finding).toMatchObject({ id: 'connection-refused', subject: 'gone.test' });
  });

  it('an authority that is not trusted', async () => {
    const finding = await findOne(by({ 'secure.test': { url: secure.url } }));
    expect(finding).toMatchObject({ id: 'tls-untrusted', subject: 'secure.test' });
    expect(finding?.advice).toContain('/certs/upstream-ca.pem');
  });

  it('a certificate for another name', async () => {
    const url = `https://other.test:${secure.port}`;
    const hosts = { 'other.test': stage.network.gateway };
    const upstreamCa = authority.certificatePem;
    const finding = await findOne(by({ 'other.test': { url } }, { hosts, upstreamCa }));
    expect(finding).toMatchObject({ id: 'tls-name' });
  });

  it('a registry whose certificate has ended', async () => {
    const tls = await authority.issue({ names: [stage.network.gateway], days: -1 });
    const registry = await stage.upstream({ tls });
    const upstreamCa = authority.certificatePem;
    const finding = await findOne(by({ 'old.test': { url: registry.url } }, { upstreamCa }));
    expect(finding).toMatchObject({ id: 'tls-ended', subject: 'old.test' });
  });

  it('plain HTTP where TLS is expected', async () => {
    const url = basic.url.replace('http:', 'https:');
    const finding = await findOne(by({ 'plain.test': { url } }));
    expect(finding).toMatchObject({ id: 'tls-plain' });
    expect(finding?.advice).toContain('url: http://');
  });

  it('a web page in place of a registry', async () => {
    const body = '<!doctype html><html><body>Please log in</body></html>';
    faulty.setRules({ do: { respond: { status: 200, body } } });
    const finding = await findOne(by({ 'portal.test': { url: faulty.url } }));
    expect(finding).toMatchObject({ id: 'answer-page', subject: 'portal.test' });
  });

  it('a registry that answers with errors', async () => {
    faulty.setRules({ do: { respond: { status: 503 } } });
    const finding = await findOne(by({ 'ill.test': { url: faulty.url } }));
    expect(finding).toMatchObject({ id: 'answer-error', subject: 'ill.test' });
  });

  it('a clock that is off', async () => {
    // The registries agree with each other, so this machine is the one that is off.
    const date = new Date(Date.now() + 2 * DAY_S * 1000).toUTCString();
    faulty.setRules({ do: { setHeaders: { date } } });
    faultyTls.setRules({ do: { setHeaders: { date } } });
    const upstreams = { 'a.test': { url: faulty.url }, 'b.test': { url: faultyTls.url } };
    const upstreamCa = authority.certificatePem;
    const finding = await findOne(by(upstreams, { upstreamCa }));
    expect(finding).toMatchObject({ id: 'clock-off', subject: 'clock' });
    expect(finding?.found).toMatch(/^a clock that is 1?2?d?.* behind that of a\.test, b\.test$/);
    expect(finding?.advice).toContain('timedatectl');
  });

  it('an outbound proxy that leads nowhere', async () => {
    const env = { HTTPS_PROXY: `http://${stage.network.gateway}:${closedPort}` };
    const finding = await findOne(by({ 'far.test': { url: 'https://far.test' } }, { env }));
    expect(finding).toMatchObject({ id: 'proxy-silent' });
  });

  it('an outbound proxy that refuses', async () => {
    const proxy = stage.use(await startForwardProxy({ host: stage.network.gateway, hosts: {} }));
    const env = { HTTPS_PROXY: proxy.url };
    const finding = await findOne(by({ 'far.test': { url: 'https://far.test' } }, { env }));
    expect(finding).toMatchObject({ id: 'proxy-refused', subject: 'far.test' });
  });
});

describe('logins', () => {
  const wrong = { username: 'robot', password: 'wrong' };

  it('a password that the token service refuses', async () => {
    const finding = await findOne(by({ 'token.test': { url: faulty.url, entry: wrong } }));
    expect(finding).toMatchObject({ id: 'login-refused', subject: 'token.test' });
    expect(finding?.found).toContain('incorrect username or password');
  });

  it('a password that the registry refuses', async () => {
    const finding = await findOne(by({ 'basic2.test': { url: basic.url, entry: wrong } }));
    expect(finding).toMatchObject({ id: 'login-refused', subject: 'basic2.test' });
  });

  it('a token that has ended', async () => {
    const claims = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) - DAY_S }));
    const registrytoken = `e30.${claims.toString('base64url')}.c2ln`;
    const entry = { registrytoken };
    const finding = await findOne(by({ 'token.test': { url: faulty.url, entry } }));
    expect(finding).toMatchObject({ id: 'login-ended', subject: 'token.test' });
  });

  it('a login that is missing', async () => {
    const finding = await findOne(by({ 'basic2.test': { url: basic.url } }));
    expect(finding).toMatchObject({ id: 'login-missing', severity: 'warning' });
  });

  const challenge = (value: string) => ({
    do: { respond: { status: 401, headers: { 'www-authenticate': value } } },
  });

  it('a token service by plain HTTP, for a registry by https', async () => {
    faultyTls.setRules(challenge(`Bearer realm="http://${stage.network.gateway}:1/token"`));
    const upstreamCa = authority.certificatePem;
    const use = { url: faultyTls.url, entry: LOGIN };
    const finding = await findOne(by({ 'realm.test': use }, { upstreamCa }));
    expect(finding).toMatchObject({ id: 'realm-forbidden', subject: 'realm.test' });
    expect(finding?.found).toContain(`http://${stage.network.gateway}:1/token`);
  });

  it('a token service that does not answer', async () => {
    const realm = `http://${stage.network.gateway}:${closedPort}/token`;
    faulty.setRules(challenge(`Bearer realm="${realm}"`));
    const finding = await findOne(by({ 'realm.test': { url: faulty.url, entry: LOGIN } }));
    expect(finding).toMatchObject({ id: 'realm-unreachable' });
  });

  it('a challenge that nobody can answer', async () => {
    faulty.setRules(challenge('Negotiate'));
    const finding = await findOne(by({ 'realm.test': { url: faulty.url, entry: LOGIN } }));
    expect(finding).toMatchObject({ id: 'challenge-unusable', found: 'Negotiate' });
  });

  it('a helper that is not there', async () => {
    const finding = await findOne(by({ 'token.test': { url: faulty.url, helper: 'none' } }));
    expect(finding).toMatchObject({ id: 'login-unavailable' });
  });
});
