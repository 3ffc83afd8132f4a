import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';
import { openTunnel, type ProxyAppliance, startProxy } from './through-proxy.ts';

const ROUNDS = 5;
const NAMES_A_ROUND = 12;

let stage: Stage;
let proxy: ProxyAppliance;
let questions = 0;

beforeAll(async () => {
  stage = await openStage();
  const { gateway } = stage.network;
  // A name server that accepts every query and answers none.
  const dns = createSocket('udp4', () => {
    questions += 1;
  });
  dns.bind(53, gateway);
  await once(dns, 'listening');
  // Every request needs a new connection, and so resolves the upstream's name.
  const registry = createServer((_request, response) => {
    response.shouldKeepAlive = false;
    response.setHeader('content-type', 'application/json');
    response.end('{"name":"team/app","tags":["v1"]}');
  });
  await once(registry.listen(0, gateway), 'listening');
  stage.use({
    async [Symbol.asyncDispose]() {
      dns.close();
      registry.close();
    },
  });
  const url = `http://origin.test:${(registry.address() as AddressInfo).port}`;
  proxy = await startProxy(
    stage,
    { 'reg.test': { url } },
    { hosts: { 'origin.test': gateway }, extraArgs: [`--dns=${gateway}`] },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

it('tunnels to names with a silent DNS server fail in time, and pulls go on', async () => {
  await using client = proxy.appliance.client();
  let isOver = false;
  const attack = async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const names = Array.from({ length: NAMES_A_ROUND }, (_, index) => `dead-${round}-${index}`);
      const tunnels = await Promise.all(names.map((name) => openTunnel(proxy, `${name}.test:443`)));
      expect(tunnels.map(({ status }) => status)).toEqual(names.map(() => 504));
    }
  };
  const pull = async () => {
    const statuses: (number | string | undefined)[] = [];
    while (!isOver) {
      const path = `/v2/reg.test/team/app${statuses.length}/tags/list`;
      const { status, headers } = await client.get(path);
      statuses.push(status === 200 ? String(headers['x-cache']) : status);
    }
    return statuses;
  };
  const attacked = attack().finally(() => {
    isOver = true;
  });
  const [, pulls] = await Promise.all([attacked, pull()]);
  expect(pulls.length).toBeGreaterThan(ROUNDS);
  expect(new Set(pulls)).toEqual(new Set(['MISS']));
  expect(questions).toBeGreaterThan(ROUNDS * NAMES_A_ROUND);
}, 120_000);
