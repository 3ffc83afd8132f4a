import { createHash, randomUUID } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { blobFile, layerLinkDir, uploadsDir } from '@registry-cache/domain';
import type { HostedStore } from '../store/hosted-store.ts';
import { listen } from './listen.ts';

/** Takes uploads as distribution does, into the same tree. It agrees to all else, and keeps none. */
export async function openEngine(
  stack: AsyncDisposableStack,
  socketPath: string,
  store: HostedStore,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(store, request, response).catch(() => response.destroy());
  });
  await listen(stack, server, socketPath);
}

async function answer(
  store: HostedStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://engine');
  const [, repository = '', id = ''] =
    /^\/v2\/(.+)\/blobs\/uploads\/(.*)$/.exec(url.pathname) ?? [];
  const folder = (name: string) => join(uploadsDir(store.repositoryDir(repository)), name);
  const data = join(folder(id), 'data');
  if (request.method === 'PUT' && url.pathname.includes('/manifests/')) {
    request.resume();
    response.writeHead(201).end();
  } else if (request.method === 'POST') {
    const name = randomUUID();
    await mkdir(folder(name), { recursive: true });
    await writeFile(join(folder(name), 'startedat'), new Date().toISOString());
    response.writeHead(202, { 'docker-upload-uuid': name }).end();
  } else if (request.method === 'PATCH') {
    for await (const chunk of request) await appendFile(data, chunk as Buffer);
    response.writeHead(202).end();
  } else if (request.method === 'PUT') {
    const bytes = await readFile(data);
    await rm(folder(id), { recursive: true });
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (digest !== url.searchParams.get('digest')) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"errors":[{"code":"DIGEST_INVALID","message":"another digest"}]}');
      return;
    }
    const link = join(layerLinkDir(store.repositoryDir(repository), digest), 'link');
    for (const file of [blobFile(store.root, digest), link]) {
      await mkdir(dirname(file), { recursive: true });
    }
    await writeFile(blobFile(store.root, digest), bytes);
    await writeFile(link, digest);
    response.writeHead(201).end();
  } else response.writeHead(200).end();
}
