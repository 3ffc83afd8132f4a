import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startFixture, upstreamAt } from '../testing/egress-fixture.ts';
import { reply, startOrigin } from '../testing/origin.ts';
import { resolveName } from '../wire/dns/resolve-name.ts';
import type { LookupAll } from '../wire/transport/connector.ts';

const DEAD_NAMES = Array.from({ length: 16 }, (_, index) => `dead-${index}.test`);

/** Plays the system's resolver: two lookups at a time, and a wait for silent name servers. */
function systemResolver() {
  const state = { isSilent: false, stuck: 0 };
  const waiting: (() => void)[] = [];
  const lookup: LookupAll = (name, _options, callback) => {
    const start = () => {
      if (state.isSilent || name.startsWith('dead-')) {
        state.stuck += 1;
        return;
      }
      setImmediate(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
    };
    if (state.stuck >= 2) waiting.push(start);
    else start();
  };
  return { state, lookup };
}

/** DNS by a name server that reads all questions and answers none. */
async function silentDns() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const servers = [`127.0.0.1:${(socket.address() as AddressInfo).port}`];
  const lookup: LookupAll = (name, _options, callback) => {
    resolveName(name, { limitMs: 1_000, servers }).then(
      (found) => callback(null, found),
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
  return { lookup, [Symbol.dispose]: () => void socket.close() };
}

test('tunnels to names with silent DNS do not stop an upstream', async () => {
  await using origin = await startOrigin((_seen, response) => {
    response.shouldKeepAlive = false;
    reply(response, 200, '{"tags":[]}');
  });
  using dns = await silentDns();
  const now = { ms: 1_000_000 };
  await using egress = await startFixture(`http://reg.test:${origin.port}`, {
    deps: { lookup: systemResolver().lookup, clientLookup: dns.lookup, now: () => now.ms },
  });
  const tunnels = DEAD_NAMES.map((name) =>
    egress.ask(`/tunnel?host=${name}&port=443`, { over: 'socket' }),
  );
  let running = true;
  const ended = Promise.all(tunnels).finally(() => {
    running = false;
  });
  const pulls: number[] = [];
  while (running) {
    // Each pull needs a connection of its own, to a name whose addresses are no longer fresh.
    now.ms += 60_000;
    pulls.push((await egress.ask(`/v2/a/b${pulls.length}/tags/list`)).status);
  }
  expect(pulls.length).toBeGreaterThan(10);
  expect(new Set(pulls)).toEqual(new Set([200]));
  for (const { status, body } of await ended) {
    expect([status, body]).toEqual([504, expect.stringMatching(/^no name server had an answer/)]);
  }
});

test('an upstream keeps its last good addresses while the resolver is silent', async () => {
  await using origin = await startOrigin((_seen, response) => {
    response.shouldKeepAlive = false;
    reply(response, 200, '{"tags":[]}');
  });
  const { state, lookup } = systemResolver();
  const now = { ms: 1_000_000 };
  await using egress = await startFixture(`http://reg.test:${origin.port}`, {
    deps: { lookup, now: () => now.ms },
  });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(200);
  state.isSilent = true;
  for (const repository of ['b', 'c', 'd']) {
    now.ms += 3_600_000;
    expect((await egress.ask(`/v2/${repository}/tags/list`)).status).toBe(200);
  }
  expect(state.stuck).toBe(1);
});

test('an upstream that a client named is looked up apart from the system resolver', async () => {
  const url = 'http://dead-0.test:5000';
  const { state, lookup } = systemResolver();
  using dns = await silentDns();
  await using egress = await startFixture(url, {
    deps: { lookup, clientLookup: dns.lookup },
    options: { upstreams: [upstreamAt(url, { isGuarded: true })] },
  });
  expect((await egress.ask('/v2/a/tags/list')).status).toBe(504);
  expect(state.stuck).toBe(0);
});
