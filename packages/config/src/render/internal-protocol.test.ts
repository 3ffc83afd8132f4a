import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INTERNAL_HEADERS, INTERNAL_PATHS } from '@registry-cache/domain';
import { expect, it } from 'vitest';

const TEMPLATES = join(import.meta.dirname, '../../../../templates');

/** As configuration, HAProxy's fetches and nginx's variables spell them. */
const SPELLINGS = [
  ...Object.values(INTERNAL_HEADERS).flatMap(({ name, variable }) => [name, variable]),
  ...Object.values(INTERNAL_PATHS).map(({ name }) => name),
];
const NAMED = new RegExp(`(?<!})(?:\\w*http_)?(?:${SPELLINGS.join('|')})(?![\\w-])`, 'i');

const read = (file: string) => readFileSync(join(TEMPLATES, file), 'utf8');
const templates = readdirSync(TEMPLATES).filter((name) => name.endsWith('.hbs'));

it.each(templates)('%s takes private headers and paths from the code', (file) => {
  const isComment = (line: string) => /^\s*#/.test(line);
  const lines = read(file).split('\n');
  expect(lines.filter((line) => !isComment(line) && NAMED.test(line))).toEqual([]);
});

it.each([
  ['ask-auth.lua', ['answer', 'refusal'], undefined],
  ['health.lua', [], 'alive'],
  ['auth.lua', ['source', 'guest', 'user', 'groups', 'expires'], 'verify'],
  ['access.lua', ['caller'], 'decide'],
  ['guest.lua', ['source', 'caller'], 'confirm'],
] as const)('%s uses the same headers and paths as the code', (file, headers, path) => {
  for (const name of headers) expect(read(file)).toContain(`"${INTERNAL_HEADERS[name].key}"`);
  const { name } = path === undefined ? { name: 'http://auth' } : INTERNAL_PATHS[path];
  expect(read(file)).toContain(`"${name}"`);
});

it('connect.lua uses the same path as the code', () => {
  expect(read('connect.lua')).toContain(`"http://egress${INTERNAL_PATHS.tunnel.name}?host="`);
});
