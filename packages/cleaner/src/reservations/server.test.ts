import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDirectory } from '../testing/store.ts';
import type { Reservation } from './queue.ts';
import { serveReservations } from './server.ts';

async function serve(ask: (reservation: Reservation, signal: AbortSignal) => Promise<boolean>) {
  const socket = join(createDirectory(), 'cleaner.sock');
  writeFileSync(socket, 'left by a killed predecessor');
  const server = await serveReservations({ socket, reserve: ask });
  onTestFinished(() => server.stop());
  return socket;
}

async function post(socketPath: string, path: string, method = 'POST'): Promise<number> {
  const asked = request({ socketPath, path, method, agent: false }).end();
  const [response] = await once(asked, 'response');
  return response.resume().statusCode;
}

test('answers 200 or 507 on a socket of mode 0660', async () => {
  const socket = await serve(async ({ bytes }) => bytes <= 100);
  expect(statSync(socket).mode & 0o777).toBe(0o660);
  expect(await post(socket, '/reservations?bytes=100')).toBe(200);
  expect(await post(socket, '/reservations?bytes=101')).toBe(507);
});

test('reads the bytes granted before, and the size if it is known', async () => {
  const reservations: Reservation[] = [];
  const socket = await serve(async (reservation) => reservations.push(reservation) > 0);
  await post(socket, '/reservations?bytes=1&granted=2&size=3');
  await post(socket, '/reservations?bytes=1&granted=2');
  expect(reservations).toEqual([
    { bytes: 1, grantedBytes: 2, sizeBytes: 3 },
    { bytes: 1, grantedBytes: 2, sizeBytes: undefined },
  ]);
});

test.each([
  ['/reservations?bytes=-1', 'POST'],
  ['/reservations?bytes=many', 'POST'],
  ['/reservations', 'POST'],
  ['/reservations?bytes=1', 'GET'],
])('refuses %s by %s', async (path, method) => {
  expect(await post(await serve(async () => true), path, method)).toBe(400);
});

test('aborts the reservation of a client that has gone', async () => {
  const gone = Promise.withResolvers<void>();
  const socket = await serve((_bytes, signal) => {
    signal.addEventListener('abort', () => gone.resolve());
    return new Promise(() => undefined);
  });
  const asked = request({
    socketPath: socket,
    path: '/reservations?bytes=1',
    method: 'POST',
  }).end();
  asked.on('error', () => undefined);
  setTimeout(() => asked.destroy(), 50);
  await gone.promise;
});
