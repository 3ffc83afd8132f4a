import { once } from 'node:events';
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listenOnSocket } from './listen-on-socket.ts';

async function startServer({
  mode = 0o660,
  before = async (_path: string) => undefined as unknown,
}) {
  const dir = await mkdtemp(join(tmpdir(), 'listen-on-socket-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'worker.sock');
  await before(path);
  const server = createServer((client) => client.end('hello'));
  await listenOnSocket(server, { path, mode });
  onTestFinished(() => void server.close());
  return { server, path };
}

async function greetingAt(path: string): Promise<string> {
  const client = connect(path);
  const [data] = (await once(client, 'data')) as [Buffer];
  client.destroy();
  return data.toString();
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

test.each([0o600, 0o660])('the socket accepts connections, and has mode %o', async (mode) => {
  const { path } = await startServer({ mode });
  expect((await stat(path)).mode & 0o777).toBe(mode);
  expect(await greetingAt(path)).toBe('hello');
});

test('the socket of a killed predecessor is replaced', async () => {
  const { path } = await startServer({ before: (file) => writeFile(file, '') });
  expect(await greetingAt(path)).toBe('hello');
});

test('closing the server removes the socket', async () => {
  const { server, path } = await startServer({});
  await close(server);
  await expect(access(path)).rejects.toThrow('ENOENT');
});

test('a path in a missing directory fails with the error of the system', async () => {
  const path = join(tmpdir(), 'no-such-directory-of-sockets', 'worker.sock');
  await expect(listenOnSocket(createServer(), { path, mode: 0o660 })).rejects.toMatchObject({
    syscall: 'listen',
  });
});
