import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinUrl } from './join-url.ts';

const ORIGIN = 'https://reg.test:5000';
const PACKAGES = join(import.meta.dirname, '../../../..');

describe('joinUrl', () => {
  it.each([
    '/',
    '/v2/a/tags/list?n=2&next_page=abc%3D',
    '/v2/a//b',
    '/%5c..',
    '/..x/.y/z..',
    '/@host/x',
    '/x?to=//host/../y&z=\\host',
    '/http://host/x',
  ])('keeps the origin and the path of %j', (path) => {
    const { origin, pathname, search, username } = joinUrl(ORIGIN, path);
    expect([origin, pathname + search, username]).toEqual([ORIGIN, path, '']);
  });

  it.each([
    '',
    '//host/x',
    '//host:80@reg.test/x',
    '/\\host/x',
    '\\\\host/x',
    'http://host/x',
    '@host/x',
    '.host/x',
    ':80/x',
    '?x',
    '/\t/host/x',
    '\t//host/x',
    '/\n/host',
    '/a b',
    '/a#b',
    '/a\u0000',
    '/\u00e4',
    '/a\\b',
    '/v2/..//host',
    '/v2/../x',
    '/v2/%2e%2E/x',
    '/v2/.%2e',
    '/./x',
    '/v2/%2e',
  ])('refuses the path %j', (path) => {
    expect(() => joinUrl(ORIGIN, path)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

/** `new URL` of two texts, as `new URL(path, origin)`, but not of a file beside the source. */
const JOINED_ELSEWHERE = /new URL\((?:[^(),]|\([^()]*\))+,(?!\s*import\.meta\.url)/;

it('only joinUrl joins a path to an origin in the whole appliance', () => {
  const workers = [
    'admin',
    'auth',
    'cleaner',
    'cli',
    'config',
    'domain',
    'egress',
    'logger',
    'runtime',
  ];
  const found = workers.flatMap((name) => {
    const folder = join(PACKAGES, name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) => JOINED_ELSEWHERE.test(readFileSync(join(folder, file), 'utf8')));
  });
  expect(found).toEqual([]);
});
