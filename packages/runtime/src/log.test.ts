import type { LogFormat } from '@registry-cache/domain';
import { expect, test } from 'vitest';
import { createLogger, type Logger } from './log.ts';

/** The lines that `say` logs in that format. */
function linesOf(format: LogFormat, say: (logger: Logger) => void): string[] {
  const lines: string[] = [];
  say(createLogger('egress', 'info', format, { write: (line) => void lines.push(line) }));
  return lines;
}

/** One line of text after its time, without the end of the line. */
function textOf(fields: object, message = 'said'): string {
  const [line = ''] = linesOf('text', (logger) => logger.info(fields, message));
  expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO {2}egress: .*\n$/);
  return line.slice('2026-01-01T00:00:00.000Z INFO  egress: '.length, -1);
}

const HOSTILE = '/v2/\u001b[2J\u009b31m\u202e\u007f\nsecond';

test('a field from outside stays on one line of JSON, without control characters', () => {
  const lines = linesOf('json', (logger) => logger.warn({ path: HOSTILE }, 'could not pass on'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[ -~]+\n$/);
  const said = JSON.parse(lines[0] ?? '');
  expect(said).toMatchObject({
    level: 'warn',
    program: 'egress',
    path: HOSTILE,
    msg: 'could not pass on',
  });
});

test('a field from outside stays on one line of text, without control characters', () => {
  const fields = { path: HOSTILE, list: [HOSTILE], deep: { path: HOSTILE }, bare: 'a\u001bb' };
  const lines = linesOf('text', (logger) => logger.warn(fields, 'could not pass on'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\S+Z WARN {2}egress: could not pass on path="[ -~]+\n$/);
  expect(lines[0]).toContain(' bare=a\\u001bb\n');
});

test('JSON has the message before the fields', () => {
  const [line = ''] = linesOf('json', (logger) => logger.info({ port: 8443 }, 'listens'));
  expect(Object.keys(JSON.parse(line))).toEqual(['level', 'time', 'program', 'msg', 'port']);
});

test('text has the message first, and then the fields as key=value', () => {
  expect(textOf({ port: 8443, isOn: true, none: null })).toBe('said port=8443 isOn=true none=null');
  expect(textOf({ store: '/var/lib/registry', endsAt: '10 GiB' })).toBe(
    'said store=/var/lib/registry endsAt="10 GiB"',
  );
  expect(textOf({ odd: 'a=b', empty: '', quoted: 'say "x"' })).toBe(
    'said odd="a=b" empty="" quoted="say \\"x\\""',
  );
});

test.each(['\u2800', '\u3164', '\uff1d', '\u{1d7f6}'])(
  'text has quotes around a value with %s',
  (odd) => {
    expect(textOf({ user: `ann${odd}level` })).toBe(`said user="ann${odd}level"`);
    expect(textOf({ users: [`ann${odd}level`, 'bob'] })).toBe(`said users="ann${odd}level",bob`);
  },
);

test('text has lists with commas, and other values as JSON', () => {
  expect(textOf({ upstreams: ['docker.io', 'reg.test:5000'], ports: [1, 2] })).toBe(
    'said upstreams=docker.io,reg.test:5000 ports=1,2',
  );
  expect(textOf({ list: ['a,b', 'c d'], empty: [], deep: { a: [1] }, rows: [{ a: 1 }] })).toBe(
    'said list="a,b","c d" empty=[] deep={"a":[1]} rows=[{"a":1}]',
  );
});

test('text has the message of an error and its code, without the stack', () => {
  expect(textOf({ err: new Error('no space') })).toBe('said err="no space"');
  const err = Object.assign(new TypeError('no space'), { code: 'ENOSPC' });
  expect(textOf({ err })).toBe(
    'said err={"type":"TypeError","message":"no space","code":"ENOSPC"}',
  );
});
