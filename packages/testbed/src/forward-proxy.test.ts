import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startForwardProxy } from './forward-proxy.ts';
import { basicAuthorization, createHttpClient } from './http-client.ts';
import { listenInterruptible } from './interruptible-server.ts';

const USER = { username: 'proxied', password: 'pass' };

test('the proxy passes on absolute URLs and opens tunnels, for known users and hosts', async () => {
  await using server = await listenInterruptible({
    onRequest: ({ url, headers }, response) => {
      response.end(`${url} ${headers['proxy-authorization']}`);
    },
  });
  await using proxy = await startForwardProxy({
    hosts: { 'reg.test': '127.0.0.1' },
    credentials: USER,
  });
  const authorization = `proxy-authorization: ${basicAuthorization(USER)}\r\n`;
  const ask = async (line: string, headers = authorization) => {
    const socket = connect(proxy.port, proxy.host);
    socket.write(`${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`);
    const [first] = await once(socket, 'data');
    return { socket, text: String(first) };
  };
  const url = `http://reg.test:${server.port}/a?b=c`;
  expect((await ask(`GET ${url}`)).text).toContain('/a?b=c undefined');
  expect((await ask(`GET ${url}`, '')).text).toContain(' 407 ');
  expect((await ask('GET http://other.test/')).text).toContain(' 502 ');
  expect((await ask('CONNECT other.test:443')).text).toContain(' 502 ');

  const { socket, text } = await ask(`CONNECT reg.test:${server.port}`);
  expect(text).toContain(' 200 ');
  socket.end('GET /through HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain(' 200 ');
  expect(proxy.seen.map(({ method, status }) => [method, status])).toEqual([
    ['GET', 200],
    ['GET', 407],
    ['GET', 502],
    ['CONNECT', 502],
    ['CONNECT', 200],
  ]);
});

test('the proxy answers a client that takes it for a plain server', async () => {
  await using proxy = await startForwardProxy({ hosts: {} });
  await using client = createHttpClient({ url: proxy.url });
  expect((await client.get('/')).status).toBe(502);
});
