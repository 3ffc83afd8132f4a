import { type Appliance, type Bundle, layersOf, until } from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPrograms, readEvents } from './inside.ts';
import { formatRequest, type RawAnswer, sendRaw } from './raw-request.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets, startTraffic } from './traffic.ts';

const ERROR_CODES = ['NAME_UNKNOWN', 'NAME_INVALID', 'UNSUPPORTED', 'MANIFEST_UNKNOWN'];
const ZEROS = `sha256:${'0'.repeat(64)}`;
let stage: Stage;
let appliance: Appliance;
let image: Bundle;
let programsBefore: string[];

beforeAll(async () => {
  stage = await openStage();
  const upstream = await stage.upstream();
  image = await pushImage(upstream, 'team/app', 'v1', { seed: 'bad requests' });
  appliance = await stage.appliance({ 'reg.test': upstream });
  await pullTargets(appliance, listTargets('reg.test', 'team/app', 'v1', image));
  programsBefore = await describePrograms();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** Names and process ids. Equal lists mean that no program ended or was added. */
const describePrograms = async () =>
  (await listPrograms(appliance)).map(({ name, pid }) => `${name} ${pid}`).toSorted();

const ask = async (bytes: string): Promise<RawAnswer> => {
  const [answer] = await sendRaw(appliance, bytes);
  return answer ?? { status: 0, head: '', body: '' };
};

const smuggled = (tag: string) => formatRequest(`/v2/reg.test/team/app/manifests/${tag}`);

const findServed = async (tag: string) =>
  (await appliance.accessLog()).filter(({ reference }) => reference === tag);

const errorCode = ({ body }: RawAnswer): string => {
  const { errors } = JSON.parse(body) as { errors: { code: string; message: string }[] };
  expect(errors[0]?.message).toMatch(/\S/);
  return errors[0]?.code ?? '';
};

describe('a path outside the protocol', () => {
  it.each([
    ['out of the store', '/v2/reg.test/../../../../etc/passwd'],
    ['out of the store, encoded', '/v2/reg.test/%2e%2e/%2e%2e/etc/passwd'],
    ['out of the store, encoded twice', '/v2/reg.test/%252e%252e/%252e%252e/etc/passwd'],
    ['out of a repository', '/v2/reg.test/team/../../secret/manifests/v1'],
    ['out of a repository, slashes encoded', '/v2/reg.test/team%2F..%2F..%2Fx/manifests/v1'],
    ['out by backslashes', '/v2/reg.test/team\\..\\..\\x/manifests/v1'],
    ['into another registry', '/v2/reg.test/../other/team/app/manifests/v1'],
    ['with an encoded slash in its name', '/v2/reg.test/team%2fapp/manifests/v1'],
    ['with an encoded NUL', '/v2/reg.test/team/app%00/manifests/v1'],
    ['with an encoded line break', '/v2/reg.test/team/app%0d%0aX:y/manifests/v1'],
    ['with upper-case letters', '/v2/reg.test/Team/App/manifests/v1'],
    ['with a name of 300 characters', `/v2/reg.test/${'a'.repeat(300)}/manifests/v1`],
    ['with a name of 300 parts', `/v2/reg.test/${'a/'.repeat(300)}b/manifests/v1`],
    ['with a tag of 300 characters', `/v2/reg.test/team/app/manifests/${'a'.repeat(300)}`],
    ['with a digest that is too short', '/v2/reg.test/team/app/blobs/sha256:abc'],
    ['with a digest of no algorithm', `/v2/reg.test/team/app/blobs/md5:${'0'.repeat(32)}`],
    ['with a tag where a digest belongs', '/v2/reg.test/team/app/blobs/v1'],
    ['with two slashes', '/v2/reg.test//team/app/manifests/v1'],
    ['without a name', '/v2/reg.test/manifests/v1'],
    ['with an upload', '/v2/reg.test/team/app/blobs/uploads/x'],
    ['with a name of the store', '/v2/reg.test/team/app/_layers/manifests/v1'],
    ['of another version', '/v1/search?q=x'],
    ['of no version', '/'],
    ['of a server', '/server-status'],
    ['to a host that is not served', '/v2/evil.test/team/app/manifests/v1'],
    ['to loopback', '/v2/127.0.0.1:5001/team/app/manifests/v1'],
    ['to a host in upper case', '/v2/REG.TEST/team/app/manifests/v1'],
    ['to a host that is markup', '/v2/"><script>/team/app/manifests/v1'],
  ])('%s gets an error in the shape of the protocol', async (_, path) => {
    const answer = await ask(formatRequest(path));
    expect([400, 404]).toContain(answer.status);
    expect(answer.head.toLowerCase()).toContain('content-type: application/json');
    expect(ERROR_CODES).toContain(errorCode(answer));
    expect(answer.body).not.toContain('root:');
  });

  it('names no registry where none is meant, as by a browser', async () => {
    const { status, body } = await ask(formatRequest('/'));
    expect(status).toBe(404);
    expect(body).toContain('this is a cache of container images');
    expect(body).not.toContain('reg.test');
  });
});

// HAProxy's parser refuses these with its own page, which no setting replaces.
describe('input that is not HTTP', () => {
  it.each([
    ['a raw NUL', 'GET /v2/reg.test/team/\0/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['bytes beyond ASCII', 'GET /v2/reg.test/t\xffam/manifests/v1 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a path of 400 kilobytes', formatRequest(`/v2/${'a'.repeat(400_000)}`)],
    ['headers of 400 kilobytes', formatRequest('/v2/', `X-Big: ${'a'.repeat(400_000)}`)],
    ['a thousand headers', formatRequest('/v2/', ...Array<string>(1000).fill('X-Many: a'))],
    ['two lengths', formatRequest('/v2/', 'Content-Length: 1', 'Content-Length: 2')],
    ['a length that is not a number', formatRequest('/v2/', 'Content-Length: -1')],
    ['a space before a colon', formatRequest('/v2/', 'Content-Length : 5')],
    ['a folded line', formatRequest('/v2/', 'X-A: b\r\n c: d', 'bad header')],
    ['an unknown encoding', formatRequest('/v2/', 'Transfer-Encoding: chunked, x')],
    ['no version', 'GET /v2/\r\nHost: x\r\n\r\n'],
    ['not HTTP at all', '\x16\x03\x01 hello\r\n\r\n'],
  ])('%s is refused, and the bytes after it are not read as a request', async (_, bytes) => {
    const answers = await sendRaw(appliance, Buffer.from(bytes + smuggled('behind'), 'latin1'));
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(await findServed('behind')).toEqual([]);
  });

  it('a chunked body with a length is one request, measured by its chunks', async () => {
    const inner = smuggled('inside');
    const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const lengths = ['Content-Length: 4', 'Transfer-Encoding: chunked'];
    const answers = await sendRaw(appliance, formatRequest('/v2/', ...lengths) + body);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(await findServed('inside')).toEqual([]);
  });
});

describe('a request that cannot be met', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'])(
    '%s gets 405 with the allowed methods',
    async (method) => {
      await using client = appliance.client();
      const answer = await client.request(method, `/v2/reg.test/team/app/manifests/v1`);
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD');
      expect(answer.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
    },
  );

  it.each([
    'bytes=9999999-',
    'bytes=5-2',
    'bytes=-0',
    'bytes=99999999999999999999999-',
    'bytes=a-b',
    'chairs=1-2',
  ])('Range: %s is refused or ignored', async (range) => {
    await using client = appliance.client();
    const { digest, bytes } = layersOf(image)[0] ?? { digest: '', bytes: Buffer.alloc(0) };
    const path = `/v2/reg.test/team/app/blobs/${digest}`;
    const answer = await client.get(path, { headers: { range } });
    if (answer.status !== 416) {
      expect(answer.status).toBe(200);
      expect(answer.body.equals(bytes)).toBe(true);
    }
  });

  it.each([
    [414, 'a path', formatRequest(`/v2/reg.test/${'a'.repeat(100_000)}/manifests/v1`)],
    [
      414,
      'a method',
      formatRequest('/').replace('GET /', `${'G'.repeat(100_000)} /${'a'.repeat(2000)}`),
    ],
    [431, 'a header', formatRequest('/v2/', `X-Big: ${'a'.repeat(100_000)}`)],
    [431, 'a client', formatRequest('/v2/', `User-Agent: ${'a'.repeat(100_000)}`)],
  ])('%i for %s that is too long, and the access log stays complete', async (status, _, bytes) => {
    const linesBefore = (await appliance.accessLog()).length;
    const answer = await ask(bytes);
    expect(answer.status).toBe(status);
    expect(['NAME_INVALID', 'UNSUPPORTED']).toContain(errorCode(answer));
    const logged = await until('it is in the log', async () => {
      // Lines of earlier requests may still be on their way.
      const lines = (await appliance.accessLog()).slice(linesBefore);
      return lines.find((line) => line.status === status);
    });
    expect(logged).toMatchObject({ status, kind: 'other' });
  });

  it('a blob that does not exist gets 404 in the shape of the protocol', async () => {
    await using client = appliance.client();
    const answer = await client.get(`/v2/reg.test/team/app/blobs/${ZEROS}`);
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ errors: [{ code: 'BLOB_UNKNOWN' }] });
  });
});

describe('after all of this', () => {
  it('every program still runs, everything is served, and no log has an error', async () => {
    expect(await describePrograms()).toEqual(programsBefore);
    const targets = listTargets('reg.test', 'team/app', 'v1', image);
    const traffic = startTraffic(appliance, targets);
    await traffic.untilServed(10);
    expect(await traffic.stop()).toEqual([]);
    // The engines' own lines call every 404 an error.
    const events = (await readEvents(appliance)).filter(({ program }) => program !== undefined);
    expect(events.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    await until('the access log still is JSON', async () => {
      return (await appliance.accessLog()).length > 60;
    });
  });
});
