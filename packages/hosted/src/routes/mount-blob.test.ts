import { expect, it } from 'vitest';
import type { Exchange } from '../http/answer.ts';
import { stagingRepository } from '../store/staging.ts';
import type { Context } from './context.ts';
import { mountBlob } from './mount-blob.ts';

it('gives nothing of an upload into the name of a registry', async () => {
  const from = stagingRepository('quay.io', 'team/private');
  const looked: string[] = [];
  const context = {
    guard: { use: async () => ({ [Symbol.dispose]: () => undefined }) },
    store: {
      hasLayer: async (repository: string) => {
        looked.push(repository);
        return false;
      },
    },
  } as unknown as Context;
  const exchange = { query: new URLSearchParams({ from }) } as unknown as Exchange;
  expect(await mountBlob(context, exchange, 'apps/mine', `sha256:${'a'.repeat(64)}`)).toBe(false);
  expect(looked).toEqual([]);
});
