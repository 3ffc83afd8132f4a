import { type Bundle, type CommandResult, layersOf, until } from '@registry-cache/testbed';
import { expect } from 'vitest';
import type { Cache } from './client-stage.ts';

/** The client gets the last byte a moment before the blob is stored. */
export async function untilStored(
  { appliance }: Cache,
  path: string,
  { blobs }: Bundle,
): Promise<void> {
  await using http = appliance.client();
  for (const { digest } of blobs) {
    await until(`${digest} is in the store`, async () => {
      const { headers } = await http.head(`${path}/blobs/${digest}`);
      return headers['x-cache'] === 'HIT';
    });
  }
}

/** Proves that the client fetched its layers again, instead of using its own copies. */
export async function untilSentFromStore(
  { appliance }: Cache,
  repository: string,
  image: Bundle,
): Promise<void> {
  const layers = layersOf(image).map(({ digest }) => digest);
  await until('the layers were sent from the store', async () => {
    const sent = (await appliance.accessLog()).filter(
      (line) => line.repository === repository && line.method === 'GET' && line.cache === 'HIT',
    );
    return layers.every((layer) => sent.some(({ digest }) => digest === layer));
  });
}

export function expectSuccess({ exitCode, stdout, stderr }: CommandResult): void {
  expect(exitCode, stdout + stderr).toBe(0);
}

export function expectFailure({ exitCode, stdout, stderr }: CommandResult, words: RegExp): void {
  expect(exitCode).not.toBe(0);
  expect(stdout + stderr).toMatch(words);
}
