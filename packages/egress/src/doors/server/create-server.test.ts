import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createLocalServer, SERVER_TIMERS } from './create-server.ts';

const QUICK = { ...SERVER_TIMERS, headersMs: 60, checkEveryMs: 20 };

/** A server that answers with the number of received bytes. */
async function start(timers = SERVER_TIMERS) {
  const handler: Parameters<typeof createLocalServer>[0] = async (incoming, response) => {
    response.end(String((await text(incoming)).length));
  };
  const onDefect = () => {};
  const server = createLocalServer(handler, onDefect, timers).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

test('a request has no time limit: a push over a slow line takes long', async () => {
  const { server } = await start();
  expect(server.requestTimeout).toBe(0);
});

test('a body may take longer than the limit for heads', async () => {
  const { port } = await start(QUICK);
  const sent = request({ port, method: 'PATCH', agent: false });
  const answered = once(sent, 'response');
  for (let piece = 0; piece < 10; piece += 1) {
    sent.write('x'.repeat(100));
    await sleep(30);
  }
  sent.end();
  const [response] = await answered;
  expect([response.statusCode, await text(response)]).toEqual([200, '1000']);
});

test('a head without an end is refused after the limit', async () => {
  const { port } = await start(QUICK);
  const socket = connect(port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
  expect(await text(socket)).toContain(' 408 ');
});

test('headers of 100 KiB are accepted', async () => {
  const { port } = await start();
  const headers = { 'x-large': 'x'.repeat(100 * 1024) };
  const [response] = await once(request({ port, headers, agent: false }).end(), 'response');
  expect([response.statusCode, await text(response)]).toEqual([200, '0']);
});
