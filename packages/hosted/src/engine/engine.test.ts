import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Engine } from './engine.ts';

let folder: string;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hosted-engine-'));
  stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
});

afterEach(() => stack.disposeAsync());

const socketPath = () => join(folder, 'engine.sock');

async function listen(answer: RequestListener): Promise<void> {
  const server = createServer(answer).listen(socketPath());
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
}

function open(): Engine {
  const engine = new Engine(socketPath());
  stack.defer(() => engine.close());
  return engine;
}

it('waits for an engine that restarts', async () => {
  const asked = open().askShortly({ method: 'GET', path: '/v2/' });
  await sleep(300);
  await listen((_request, response) => response.end('here'));
  expect(await asked).toMatchObject({ statusCode: 200, text: 'here' });
});

it('does not send a body twice, and says that the engine is away', async () => {
  const body = Readable.from([Buffer.from('x')]);
  const asked = open().ask({ method: 'PATCH', path: '/v2/', body });
  await expect(asked).rejects.toMatchObject({ status: 503, ociCode: 'UNAVAILABLE' });
});

it('says that the disk is full', async () => {
  const text = '{"errors":[{"detail":"write /x/data: no space left on device"}]}';
  await listen((_request, response) => response.writeHead(500).end(text));
  const asked = open().askShortly({ method: 'PUT', path: '/v2/' });
  await expect(asked).rejects.toMatchObject({ status: 507 });
});
