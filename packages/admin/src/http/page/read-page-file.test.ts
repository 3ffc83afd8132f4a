import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPageFile } from './read-page-file.ts';

function openPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'registry-cache-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = {
    'index.html': '<p>',
    'page-ABC.js': '1',
    'page-ABC.js.gz': 'packed',
    'x.txt': '',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

it('gives the page with a strict policy, which the browser asks for each time', async () => {
  const { status, body, headers } = (await readPageFile(openPage(), '/', {})) ?? {};
  expect([status, String(body)]).toEqual([200, '<p>']);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-length': 3,
    'cache-control': 'private, no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  const policy = String(headers?.['content-security-policy']);
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'");
  expect(policy).not.toContain('unsafe');
});

it.each([
  ['gzip, deflate, br', true],
  ['br;q=1.0, gzip;q=0.8', true],
  ['gzip;q=0', false],
  ['gzip;q=0.0, br', false],
  ['xgzip', false],
  ['', false],
])('sends to a browser that takes "%s"', async (accepted, isPacked) => {
  const file = await readPageFile(openPage(), '/page-ABC.js', { 'accept-encoding': accepted });
  expect(String(file?.body)).toBe(isPacked ? 'packed' : '1');
  expect(file?.headers['content-encoding']).toBe(isPacked ? 'gzip' : undefined);
  expect(file?.headers).toMatchObject({
    'cache-control': 'private, max-age=31536000, immutable',
    vary: 'accept-encoding',
  });
});

it('says that a browser has the newest file already', async () => {
  const folder = openPage();
  const etag = String((await readPageFile(folder, '/', {}))?.headers.etag);
  const again = await readPageFile(folder, '/', { 'if-none-match': etag });
  expect([again?.status, again?.body.length]).toEqual([304, 0]);
  writeFileSync(join(folder, 'index.html'), '<b>');
  expect((await readPageFile(folder, '/', { 'if-none-match': etag }))?.status).toBe(200);
});

it.each(['/x.txt', '/none.js', '/..', '/../index.html', '/%2e%2e/index.html', '//', '/.', ''])(
  'has no file %s',
  async (path) => {
    expect(await readPageFile(openPage(), path, {})).toBeUndefined();
  },
);

it('has none at all where the page is not built', async () => {
  expect(await readPageFile('/nowhere', '/', {})).toBeUndefined();
});
