import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { readCapped } from './reply.ts';
import type { Reply } from './transport.ts';

/** A reply whose body comes byte by byte. */
async function trickle(everyMs: number, bytes: number): Promise<Reply> {
  const server = createServer(async (_request, response) => {
    for (let sent = 0; sent < bytes && !response.destroyed; sent += 1) {
      response.write('x');
      await sleep(everyMs);
    }
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const { statusCode: status, headers, body } = await request(url);
  body.on('error', () => undefined);
  return { url, redirected: false, status, headers, body };
}

test('a short body that comes too slowly fails', async () => {
  const reply = await trickle(10, 10_000);
  await expect(readCapped(reply, 1000, 200)).rejects.toMatchObject({
    phase: 'body',
    timedOut: true,
    message: `${reply.url.host} sent a short body too slowly`,
  });
});

test('a short body is read whole, and a long one up to the limit', async () => {
  expect(await readCapped(await trickle(1, 20), 1000)).toEqual({
    bytes: Buffer.from('x'.repeat(20)),
    whole: true,
  });
  expect(await readCapped(await trickle(1, 200), 10)).toMatchObject({ whole: false });
});
