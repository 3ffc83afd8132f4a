import { expect, it } from 'vitest';
import { formatImageRoute, formatRoute, parseRoute } from './route.ts';

it.each([
  ['', 'overview', {}],
  ['#/', 'overview', {}],
  ['#/images', 'images', {}],
  ['#/images?pattern=a%26b&sort=size', 'images', { pattern: 'a&b', sort: 'size' }],
  ['#/nothing?x=1', 'overview', { x: '1' }],
  ['#/toString', 'overview', {}],
  ['#/image?name=a%E2%80%AEb%0A', 'image', { name: 'a\\u202eb\\u000a' }],
  ['#/images?pattern=%E0%A4%A', 'images', { pattern: '\uFFFD%A' }],
])('reads %s', (hash, look, query) => {
  expect(parseRoute(hash)).toEqual({ look, query });
});

it('reads what it has written', () => {
  const name = 'quay.io/team/app:v1?a=b&c#d%';
  expect(parseRoute(formatImageRoute(name))).toEqual({ look: 'image', query: { name } });
});

it('leaves out empty values', () => {
  expect(formatRoute('images', { pattern: '', sort: '' })).toBe('#/images');
  expect(formatRoute('overview')).toBe('#/');
});

it('leads from a repository to its images', () => {
  expect(formatImageRoute('reg.test:5000/team/app')).toBe(
    '#/images?pattern=reg.test%3A5000%2Fteam%2Fapp%3A',
  );
  expect(formatImageRoute(`quay.io/app@sha256:${'a'.repeat(64)}`)).toContain('#/image?name=');
});
