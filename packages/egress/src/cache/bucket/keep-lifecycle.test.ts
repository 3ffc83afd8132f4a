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
