import { BucketError } from '@registry-cache/bucket';
import { createLogger } from '@registry-cache/runtime';
import { expect, test } from 'vitest';
import { keepLifecycle } from './keep-lifecycle.ts';

/** Sets the rule by a bucket that refuses so, one time after the other, and then does it. */
async function keep(refusals: readonly (readonly [status: number, reason: string])[]) {
  const lines: string[] = [];
  const left = [...refusals];
  let asked = 0;
  await keepLifecycle(
    {
      bucket: {
        name: 'cache',
        hasOwnRule: async () => expect.unreachable(),
        removeOwnRule: async () => expect.unreachable(),
        async setLifecycle() {
          asked += 1;
          const [status, reason] = left.shift() ?? [];
          if (status !== undefined)
            throw new BucketError('refused', status, reason ?? '', undefined);
        },
      },
      prefix: '',
      expireMs: 86_400_000,
      sleep: async () => undefined,
      log: createLogger('egress', 'info', 'json', { write: (line) => void lines.push(line) }),
    },
    new AbortController().signal,
  );
  return { asked, lines };
}

test.each([
  [400, 'ExpiredToken'],
  [403, 'RequestTimeTooSkewed'],
  [409, 'OperationAborted'],
  [429, ''],
  [503, 'SlowDown'],
  [0, ''],
] as const)('a refusal with %d %s passes, and the rule is set then', async (status, reason) => {
  expect(await keep([[status, reason]])).toEqual({ asked: 2, lines: [] });
});

test.each([
  [403, 'AccessDenied'],
  [501, 'NotImplemented'],
] as const)('a refusal with %d %s lasts, and the rule is told', async (status, reason) => {
  const { asked, lines } = await keep([[status, reason]]);
  expect(asked).toBe(1);
  expect(lines).toEqual([expect.stringContaining('set this rule')]);
});

/** Removes the rule of a bucket that refuses to show it, or to remove it. */
async function drop(
  { look, remove }: { look?: BucketError; remove?: BucketError },
  isThere = true,
) {
  const lines: { readonly level: string; readonly msg: string; readonly ruleId?: string }[] = [];
  let removed = 0;
  await keepLifecycle(
    {
      bucket: {
        name: 'cache',
        setLifecycle: async () => expect.unreachable(),
        async hasOwnRule() {
          if (look !== undefined) throw look;
          return isThere;
        },
        async removeOwnRule() {
          if (remove !== undefined) throw remove;
          removed += 1;
        },
      },
      prefix: 'prod/',
      expireMs: 0,
      sleep: async () => undefined,
      log: createLogger('egress', 'info', 'json', {
        write: (line) => void lines.push(JSON.parse(line)),
      }),
    },
    new AbortController().signal,
  );
  return { removed, lines };
}

const DENIED = new BucketError('refused', 403, 'AccessDenied', undefined);
const RULE_ID = 'registry-cache prod/';

test('without S3_EXPIRE the rule of an earlier one is removed, and that is told', async () => {
  const { removed, lines } = await drop({});
  expect(removed).toBe(1);
  expect(lines).toMatchObject([
    { level: 'info', ruleId: RULE_ID, msg: expect.stringContaining('removed') },
  ]);
  expect(await drop({}, false)).toEqual({ removed: 0, lines: [] });
});

test('a rule that may not be removed, or not be looked for, is told by its ID', async () => {
  expect((await drop({ remove: DENIED })).lines).toMatchObject([
    { level: 'warn', ruleId: RULE_ID, msg: expect.stringContaining('remove it, or content') },
  ]);
  expect((await drop({ look: DENIED })).lines).toMatchObject([
    { level: 'info', ruleId: RULE_ID, msg: expect.stringContaining('if it is there, remove it') },
  ]);
  const look = new BucketError('refused', 501, 'NotImplemented', undefined);
  expect((await drop({ look })).lines).toEqual([]);
});
