import { json } from 'node:stream/consumers';
import {
  ANY_MANIFEST,
  type Bundle,
  type InterruptibleServer,
  layersOf,
  listenInterruptible,
  type RegistryProcess,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUpstreams, openStage, pushImage, type Stage } from './stage.ts';
import { askThrough, type ProxyAppliance, startProxy } from './through-proxy.ts';

/** What the scanner says, by the name of the repository. */
const ANSWERS: Readonly<Record<string, [status: number, body: string, location?: string]>> = {
  good: [200, '{"admit":true}'],
  bad: [200, '{"admit":false,"reason":"CVE-2026-1"}'],
  broken: [500, ''],
  garbage: [200, '<html>'],
  moved: [302, '', '/elsewhere'],
  huge: [200, `{"admit":true,"x":"${'x'.repeat(100_000)}"}`],
};

let stage: Stage;
let registry: RegistryProcess;
let scanner: InterruptibleServer;
let proxy: ProxyAppliance;
const asked: string[] = [];
const images = new Map<string, Bundle>();

const upstreams = () => ({ 'reg.test': { url: registry.url, tags: { default: '1s' } } });

const policyOf = (admission: readonly object[]) =>
  JSON.stringify({ ...JSON.parse(describeUpstreams(upstreams()).policyYaml), admission });

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  scanner = stage.use(
    await listenInterruptible({
      host: stage.network.gateway,
      async onRequest(request, response) {
        const { image } = (await json(request)) as { image: string };
        asked.push(`${request.url} ${image}`);
        const name = image.split('/').at(-1) ?? '';
        const [status, body, location] = ANSWERS[name] ?? [200, '{"admit":true}'];
        // `slow` is admitted too late, and `late` just in time.
        const waitMs = name === 'slow' ? 20_000 : name === 'late' ? 1_000 : 0;
        setTimeout(
          () => response.writeHead(status, location ? { location } : {}).end(body),
          waitMs,
        );
      },
    }),
  );
  for (const name of [...Object.keys(ANSWERS), 'slow', 'late', 'down', 'here', 'aged']) {
    images.set(name, await pushImage(registry, `team/${name}`, 'v1', { seed: `${name} 1` }));
  }
  proxy = await startProxy(stage, upstreams(), {
    policyYaml: policyOf([
      { images: ['reg.test/team/aged'], minimumAge: '4s' },
      { images: ['reg.test/**'], ask: `${scanner.url}/admit`, timeout: '2s' },
    ]),
  });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function ask(path: string, options: { method?: string; headers?: object } = {}) {
  const { method = 'GET', headers } = options;
  await using client = proxy.appliance.client();
  const answer = await client.request(method, `/v2/reg.test/team/${path}`, {
    headers: { accept: ANY_MANIFEST, ...headers },
  });
  const isError = answer.status >= 400 && method !== 'HEAD';
  const { errors } = (isError ? answer.json() : { errors: [] }) as {
    errors: { code: string; message: string }[];
  };
  return { ...answer, message: errors[0] && `${errors[0].code} ${errors[0].message}` };
}

const digestOf = (name: string) => images.get(name)?.top.digest ?? '';
const layerOf = (name: string) => layersOf(images.get(name) as Bundle)[0]?.digest ?? '';

describe('a scanner', () => {
  it('admits an image, and is asked once for its manifest and layers', async () => {
    for (const path of [
      'good/manifests/v1',
      `good/manifests/${digestOf('good')}`,
      `good/blobs/${layerOf('good')}`,
      'good/manifests/v1',
    ]) {
      expect((await ask(path)).status).toBe(200);
    }
    expect(asked.filter((line) => line.endsWith('/good'))).toEqual(['/admit reg.test/team/good']);
  });

  it('refuses an image by every way in', async () => {
    const { status, message } = await ask('bad/manifests/v1');
    expect(status).toBe(403);
    expect(message).toMatch(
      /^DENIED reg\.test\/team\/bad:v1@.* is refused: CVE-2026-1 \(admission rule 2\)$/,
    );
    const blob = `bad/blobs/${layerOf('bad')}`;
    for (const path of [`bad/manifests/${digestOf('bad')}`, 'bad/manifests/v1', blob]) {
      for (const method of ['GET', 'HEAD']) expect((await ask(path, { method })).status).toBe(403);
    }
    expect((await ask(blob, { headers: { range: 'bytes=0-9' } })).status).toBe(403);
    const ca = await proxy.ca();
    const path = '/v2/team/bad/manifests/v1';
    const headers = { accept: ANY_MANIFEST };
    expect((await askThrough(proxy, 'reg.test:443', path, { ca, headers })).status).toBe(403);
    expect(asked.filter((line) => line.endsWith('/bad'))).toHaveLength(1);
  });

  it.each([
    ['broken', /answered with status 500/],
    ['garbage', /answered without "admit"/],
    ['moved', /answered with status 302/],
    ['huge', /more than 65536 bytes/],
    ['slow', /did not answer within 2s/],
  ])('whose answer is %s admits nothing new', async (name, reason) => {
    const { status, headers, message } = await ask(`${name}/manifests/v1`);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect(message).toMatch(reason);
    expect((await ask(`${name}/blobs/${layerOf(name)}`)).status).toBe(403);
    expect(asked.filter((line) => line.startsWith('/elsewhere'))).toEqual([]);
  });

  it('that takes its time is asked once by all who pull, and then the layers are here', async () => {
    const pulls = Array.from({ length: 5 }, () => ask('late/manifests/v1'));
    expect((await Promise.all(pulls)).map(({ status }) => status)).toEqual(Array(5).fill(200));
    expect(asked.filter((line) => line.endsWith('/late'))).toHaveLength(1);
    expect((await ask(`late/blobs/${layerOf('late')}`)).status).toBe(200);
  });

  it('that is down admits nothing new, and what is here is served', async () => {
    expect((await ask('here/manifests/v1')).status).toBe(200);
    await scanner.pause();
    const { status, message } = await ask('down/manifests/v1');
    expect([status, message]).toEqual([503, expect.stringMatching(/^UNAVAILABLE .* cannot be/)]);
    expect((await ask('here/manifests/v1')).status).toBe(200);
    await scanner.resume();
    await until('the image is admitted', async () => {
      return (await ask('down/manifests/v1')).status === 200;
    });
  });

  it('has its verdicts in the audit log', async () => {
    const log = await proxy.appliance.exec(['cat', '/var/lib/registry/audit/audit.log']);
    const events = log.stdout
      .split('\n')
      .filter((line) => line.includes('"admission"'))
      .map((line) => JSON.parse(line));
    const image = 'reg.test/team/bad';
    const expected = { event: 'admission', image, rule: 2, because: 'CVE-2026-1' };
    expect(events).toContainEqual(expect.objectContaining({ ...expected, verdict: 'refused' }));
  });
});

describe('a minimum age', () => {
  it('refuses a new tag until it is old enough, and then keeps the last digest for a time', async () => {
    const refused = await ask('aged/manifests/v1');
    expect(refused.status).toBe(403);
    expect(refused.message).toMatch(/is admitted from .* on \(admission rule 1\)$/);
    await until('the image is old enough', async () => {
      return (await ask('aged/manifests/v1')).status === 200;
    });
    expect((await ask(`aged/blobs/${layerOf('aged')}`)).status).toBe(200);
    const moved = await pushImage(registry, 'team/aged', 'v1', { seed: 'aged 2' });
    expect((await ask(`aged/manifests/${moved.top.digest}`)).status).toBe(403);
    await until('the tag is checked', async () => {
      return (await ask('aged/manifests/v1')).headers['x-cache'] === 'STALE';
    });
    const { status, headers } = await ask('aged/manifests/v1');
    expect([status, headers['docker-content-digest']]).toEqual([200, digestOf('aged')]);
    await until('the new digest is old enough', async () => {
      const { headers: found } = await ask('aged/manifests/v1');
      return found['docker-content-digest'] === moved.top.digest;
    });
  });
});

describe('the rules', () => {
  it('are followed: a broken file keeps the last ones, and a new URL asks again', async () => {
    const { appliance } = proxy;
    await appliance.writePolicy(policyOf([{ images: ['**'], ask: 'scanner' }]));
    await until('the file is refused', async () => {
      return (await appliance.logs()).includes('http://HOST[:PORT]/PATH');
    });
    expect((await ask('bad/manifests/v1')).status).toBe(403);
    await appliance.writePolicy(
      policyOf([{ images: ['reg.test/**'], ask: `${scanner.url}/other` }]),
    );
    await until('the other URL is asked', async () => {
      await ask('good/manifests/v1');
      return asked.includes('/other reg.test/team/good');
    });
  });
});
