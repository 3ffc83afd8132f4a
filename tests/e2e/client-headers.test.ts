import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatRequest, sendRaw } from './raw-request.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const KIB_64 = 'x'.repeat(64 * 1024);
let stage: Stage;
let appliance: Appliance;
let image: Bundle;

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'client headers' });
  // Its log lines have the most fields.
  appliance = await stage.appliance(
    { 'reg.test': upstream },
    { env: { LOG_LEVEL: 'debug' }, passwords: { alice: 'wonderland' } },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const LOGIN = `Authorization: Basic ${Buffer.from('alice:wonderland').toString('base64')}`;

/** Bytes that a terminal obeys or hides: C1 as UTF-8 and as a byte, overrides, broken UTF-8. */
const HIGH = '\xc2\x9b31m\x9b\xe2\x80\xae\xe2\x81\xa6\xff\xc3';
/** The same with C0 and DEL, which headers must not have (RFC 9110, 5.5). */
const ODD = `\x1b[2J\x1b]0;owned\x07\x7f${HIGH}`;

describe('control characters that a client sends', () => {
  it.each([
    ['as its name', '/v2/reg.test/team/app/manifests/v1', `User-Agent: odd-0${HIGH}`, 200],
    ['as its name, C0 too', '/v2/reg.test/team/app/manifests/v1', `User-Agent: odd-1${ODD}`, 400],
    ['as its origin', '/v2/reg.test/team/app/manifests/v1', `Referer: odd-2${HIGH}`, 200],
    ['as its origin, C0 too', '/v2/reg.test/team/app/manifests/v1', `Referer: odd-2${ODD}`, 400],
    ['in Accept', '/v2/reg.test/team/app/manifests/v1', `Accept: */*, odd-3${HIGH}`, 200],
    ['as a range', '/v2/reg.test/team/app/manifests/v1', `Range: odd-4${HIGH}`, 200],
    ['as the host', '/v2/reg.test/team/app/manifests/v1', `Host: odd-5${ODD}`, 400],
    ['escaped in a path', '/v2/reg.test/odd-6%1b%9b%e2%80%ae/manifests/v1', 'X-A: a', 400],
    ['escaped in ?ns=', '/v2/team/app/manifests/v1?ns=odd-7%1b%9b%e2%80%ae', 'X-A: a', 404],
  ])('%s become visible text', async (_, target, header, status) => {
    const request = formatRequest(target, LOGIN, header);
    const one = header.startsWith('Host:') ? request.replace('Host: cache\r\n', '') : request;
    const [answer] = await sendRaw(appliance, Buffer.from(one, 'latin1'));
    expect(answer?.status).toBe(status);
  });

  it('as a user become visible text', async () => {
    const user = Buffer.from(`odd-8${ODD}:wrong`, 'latin1').toString('base64');
    const header = `Authorization: Basic ${user}`;
    for (const path of ['/v2/', '/token']) {
      const [answer] = await sendRaw(appliance, formatRequest(path, header));
      expect(answer?.status).toBe(401);
    }
  });

  it('raw in a path or a method are refused', async () => {
    for (const line of [`GET /v2/odd-9${ODD}/manifests/v1`, `G${ODD}T /v2/`]) {
      const bytes = Buffer.from(`${line} HTTP/1.1\r\nHost: cache\r\n${LOGIN}\r\n\r\n`, 'latin1');
      expect((await sendRaw(appliance, bytes)).map(({ status }) => status)).toEqual([400]);
    }
  });

  it('appear in no log line', async () => {
    await until('the last is logged', async () =>
      (await appliance.accessLog()).some(({ path }) => path.includes('odd-6')),
    );
    const file = await appliance.exec(['cat', '/run/registry-cache/log/access.log']);
    const shown = await appliance.exec(['registry-cache', 'logs']);
    for (const text of [file.stdout, shown.stdout, await appliance.logs()]) {
      expect(text).toMatch(/odd-|started/);
      expect(text.match(/[^\n -~–…’“”]/gu) ?? []).toEqual([]);
    }
    const agents = (await appliance.accessLog()).map(({ agent }) => agent);
    expect(agents).toContain('odd-0??31m?????????');
    expect(agents.find((agent) => agent.startsWith('odd-1'))).toMatch(/^odd-1\?\[2J\?[ -~]+$/);
  });
});

describe('headers of 64 KiB', () => {
  it.each(['Accept', 'Cookie', 'User-Agent', 'X-Large'])(
    'in %s pass every hop, also for cold content',
    async (name) => {
      const [layer, other] = layersOf(image);
      const digest = name === 'Accept' ? layer?.digest : other?.digest;
      for (const what of [`blobs/${digest ?? layer?.digest}`, 'manifests/v1']) {
        const value = name === 'Accept' ? `*/*, ${KIB_64}` : KIB_64;
        const target = `/v2/reg.test/team/app/${what}`;
        const [answer] = await sendRaw(
          appliance,
          formatRequest(target, LOGIN, `${name}: ${value}`),
        );
        expect([what, answer?.status]).toEqual([what, 200]);
      }
    },
  );

  it('in a login are refused as a wrong login', async () => {
    const login = Buffer.from(`alice:${KIB_64.slice(0, 40_000)}`).toString('base64');
    const [answer] = await sendRaw(
      appliance,
      formatRequest('/v2/', `Authorization: Basic ${login}`),
    );
    expect(answer?.status).toBe(401);
  });

  it('and more are refused with a message', async () => {
    const [answer] = await sendRaw(
      appliance,
      formatRequest('/v2/', LOGIN, `X-A: ${KIB_64}`, `X-B: ${KIB_64}`),
    );
    expect(answer?.status).toBe(431);
    expect(answer?.body).toContain('the headers can have at most 73728 characters');
  });
});
