import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCleanerReservations, type ReservationOutcome } from './cleaner-reservations.ts';

const NEVER = new AbortController().signal;
const NOTHING = { bytes: 0, percent: null };

/** Starts a cleaner that answers by `listener`; without it, no cleaner runs. */
async function startCleaner(
  listener: RequestListener | undefined,
  { minFree = NOTHING as object, timeoutMs = 5_000 } = {},
) {
  const dir = await mkdtemp(join(tmpdir(), 'egress-reservations-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const socket = join(dir, 'cleaner.sock');
  if (listener !== undefined) {
    const server = createServer(listener);
    await once(server.listen(socket), 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
  }
  const outcomes: ReservationOutcome[] = [];
  const reservations = createCleanerReservations({
    socket,
    storeRoot: dir,
    minFree: { ...NOTHING, ...minFree },
    timeoutMs,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  return { reservations, outcomes };
}

test('the cleaner decides about a reservation', async () => {
  const { reservations, outcomes } = await startCleaner(({ method, url }, response) => {
    response
      .writeHead(
        `${method} ${url}` === 'POST /reservations?bytes=100&granted=0&size=100' ? 200 : 507,
      )
      .end();
  });
  expect([await reservations.reserve(100, NEVER), await reservations.reserve(101, NEVER)]).toEqual([
    true,
    false,
  ]);
  expect(outcomes).toEqual(['granted', 'refused']);
});

test('a reservation names the bytes granted before, and no unknown size', async () => {
  const urls: (string | undefined)[] = [];
  const { reservations } = await startCleaner(({ url }, response) => {
    urls.push(url);
    response.writeHead(200).end();
  });
  await reservations.reserve(5, NEVER, { grantedBytes: 7, sizeBytes: undefined });
  expect(urls).toEqual(['/reservations?bytes=5&granted=7']);
});

test('a silent cleaner refuses after the timeout', async () => {
  const silent = () => undefined;
  const { reservations, outcomes } = await startCleaner(silent, { timeoutMs: 100 });
  expect(await reservations.reserve(1, NEVER)).toBe(false);
  expect(outcomes).toEqual(['late']);
});

test('without a cleaner the free space of the disk decides', async () => {
  const { reservations, outcomes } = await startCleaner(undefined);
  expect(await reservations.reserve(1, NEVER)).toBe(true);
  expect(await reservations.reserve(Number.MAX_SAFE_INTEGER, NEVER)).toBe(false);
  expect(outcomes).toEqual(['unreachable', 'unreachable']);
  const full = await startCleaner(undefined, { minFree: { percent: 100, bytes: null } });
  expect(await full.reservations.reserve(1, NEVER)).toBe(false);
});

test('a caller that has gone gets no reservation', async () => {
  const { reservations, outcomes } = await startCleaner(() => undefined);
  expect(await reservations.reserve(1, AbortSignal.abort())).toBe(false);
  expect(outcomes).toEqual([]);
});
