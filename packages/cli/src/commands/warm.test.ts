import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createFolder, runProgram, startProgram } from '../testing/run-program.ts';

/** A run directory with something that answers in place of egress, and a list. */
async function open(listText: string, answer?: RequestListener) {
  const home = createFolder();
  const run = join(home, 'run');
  for (const name of ['sock', 'secrets']) mkdirSync(join(run, name), { recursive: true });
  const pullSecret = join(home, 'pull-secret.json');
  writeFileSync(pullSecret, JSON.stringify({ auths: { 'quay.io': {} } }));
  writeFileSync(join(run, 'secrets', 'boot-secret'), 'boot');
  const list = join(home, 'list');
  writeFileSync(list, listText);
  if (answer !== undefined) {
    const server = createServer(answer).listen(join(run, 'sock', 'egress.sock'));
    onTestFinished(() => void server.close());
    onTestFinished(() => server.closeAllConnections());
  }
  const env = { REGISTRYDIR: join(home, 'store'), RUNDIR: run, PULLSECRETPATH: pullSecret };
  return Object.assign((...args: string[]) => runProgram(['warm', ...args, list], env), {
    start: (...args: string[]) => startProgram(['warm', ...args, list], env),
  });
}

it('says where to run it, if no cache runs here', async () => {
  const warm = await open('quay.io/a/b\n');
  const { exitCode, stderr } = await warm();
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining('podman exec -i CONTAINER registry-cache warm'),
  ]);
});

it('names all mistakes of a list at once, and asks for nothing', async () => {
  const warm = await open('quay.io/A\nother.test/b\n', () => expect.unreachable());
  const { exitCode, stderr } = await warm();
  expect(exitCode).toBe(1);
  expect(stderr).toContain('line 1: found "quay.io/A"; accepted: an image');
  expect(stderr).toContain('line 2: found "other.test/b"; accepted: a registry that is served');
});

it('refuses a platform without sense', async () => {
  const warm = await open('quay.io/a/b\n');
  const { exitCode, stderr } = await warm('--platform', 'arm64');
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('A platform is accepted')]);
});

it('asks as the upstream of the image, waits where a limit says so, and tells the reason', async () => {
  const asked: string[] = [];
  const warm = await open('quay.io/a/b:v1\n', ({ method, url, headers }, response) => {
    const login = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString();
    asked.push(`${login} ${method} ${url}`);
    response.statusCode = asked.length <= 2 ? 429 : 500;
    if (asked.length <= 2) response.setHeader('retry-after', '0');
    response.end(JSON.stringify({ errors: [{ message: 'the registry is on fire' }] }));
  });
  const { exitCode, stdout, stderr } = await warm('--keep-going');
  expect([exitCode, stdout]).toEqual([1, 'quay.io/a/b:v1\n']);
  expect(stderr).toContain('the registry is on fire');
  expect(stderr).toContain('0 images, 0 B, 0 B fetched; 0 unchanged, 1 failed');
  expect(asked[0]).toBe('quay.io:boot HEAD /v2/a/b/manifests/v1');
  expect(asked.filter((one) => one.includes('HEAD')).length).toBeGreaterThan(1);
});

it('leaves out what a list of oc-mirror blocks, and follows all pages of tags', async () => {
  const asked: string[] = [];
  const warm = await open(
    `kind: ImageSetConfiguration
mirror:
  additionalImages: [{name: "quay.io/a/b:v1"}, {name: quay.io/c/d}, {name: "quay.io/a/b:v2"}]
  blockedImages: [{name: "quay.io/a/b:v1"}, {name: quay.io/c/d}]
---
quay.io: {images: {e/f: []}}
`,
    ({ url = '' }, response) => {
      asked.push(url);
      response.statusCode = url.includes('tags/list') ? 200 : 404;
      const isFirst = url.endsWith('?n=1000');
      if (isFirst) response.setHeader('link', '</v2/e/f/tags/list?last=1&n=1000>; rel="next"');
      response.end(JSON.stringify({ tags: isFirst ? ['1', 'bad tag'] : ['2'] }));
    },
  );
  const { stdout } = await warm('--keep-going');
  expect(stdout.trim().split('\n').sort()).toEqual([
    'quay.io/a/b:v2',
    'quay.io/e/f:1',
    'quay.io/e/f:2',
  ]);
  expect(asked.some((url) => url.includes('v1') || url.includes('/c/d/'))).toBe(false);
});

it('goes on when nobody reads its messages any more', async () => {
  const asked: string[] = [];
  const warm = await open(
    Array.from({ length: 30 }, (_, index) => `quay.io/a/b:v${index}\n`).join(''),
    ({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(404).end('{}');
    },
  );
  // Each failure is a message.
  const child = warm.start('--keep-going');
  child.stderr.destroy();
  child.stdout.resume();
  const [status] = await once(child, 'exit');
  expect(status).toBe(1);
  expect(new Set(asked.filter((url) => url.includes('manifests'))).size).toBe(30);
});
