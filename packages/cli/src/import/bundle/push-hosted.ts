import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CollectedImage } from '@registry-cache/bundle';
import {
  INTERNAL_HEADERS,
  OPERATOR_CALLER,
  parseOciMessage,
  SERVED_TYPES,
  servedType,
} from '@registry-cache/domain';
import type { FindBlob } from './find-blob.ts';
import type { HostedImage } from './name-images.ts';
import type { Taken } from './take-image.ts';

export interface PushOptions {
  readonly findBlob: FindBlob;
  /** The unix socket of the worker of hosted images. */
  readonly socket: string;
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Pushes an image of a bundle to a hosted registry: blobs first, and the tag last. The worker checks
 * all bytes, so clients see the whole image or none of it. Blobs that stay alone are swept.
 */
export async function pushHosted(
  { repository, reference, image }: HostedImage,
  { manifests, blobs }: Pick<CollectedImage, 'manifests' | 'blobs'>,
  options: PushOptions,
): Promise<Taken> {
  const ask = createAsk(options);
  const base = `/v2/${repository}`;
  let newBytes = 0;
  try {
    for (const { digest, sizeBytes } of blobs) {
      options.signal.throwIfAborted();
      if ((await ask('HEAD', `${base}/blobs/${digest}`)).status === 200) continue;
      const blob = options.findBlob(digest);
      if (blob === undefined) return { outcome: 'refused', why: `it lacks ${digest}` };
      const begun = await ask('POST', `${base}/blobs/uploads/`);
      if (begun.status !== 202) return refused(begun);
      const ended = await ask('PUT', `${begun.location}?digest=${digest}`, {
        body: Readable.from(count(blob.stream(), options)),
        type: 'application/octet-stream',
      });
      if (ended.status !== 201) return refused(ended);
      newBytes += sizeBytes;
    }
    for (const { digest } of manifests) {
      const bytes = await readAll(options.findBlob, digest);
      if (bytes === undefined) return { outcome: 'refused', why: `it lacks ${digest}` };
      const isTop = digest === image.digest;
      const isHere = (await ask('HEAD', `${base}/manifests/${digest}`)).status === 200;
      const names = [
        ...(isHere ? [] : [digest]),
        ...(isTop && reference !== digest ? [reference] : []),
      ];
      if (!isHere) newBytes += bytes.length;
      for (const name of names) {
        const type = servedType(bytes) ?? 'application/octet-stream';
        const put = await ask('PUT', `${base}/manifests/${name}`, {
          body: Readable.from([bytes]),
          type,
        });
        if (put.status !== 201) return refused(put);
      }
    }
  } catch (error) {
    options.signal.throwIfAborted();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
    return { outcome: 'refused', why: 'hosted images are imported while the cache runs' };
  }
  return { outcome: newBytes > 0 ? 'imported' : 'here', newBytes };
}

interface WorkerAnswer {
  readonly status: number;
  readonly location: string;
  readonly text: string;
}

interface Sent {
  readonly body: Readable;
  readonly type: string;
}

type Ask = (method: string, path: string, sent?: Sent) => Promise<WorkerAnswer>;

function createAsk({ socket: socketPath, signal }: PushOptions): Ask {
  return async (method, path, sent) => {
    // Without this the engine knows manifests of docker alone.
    const accept = SERVED_TYPES.join(', ');
    const caller = { [INTERNAL_HEADERS.caller.key]: OPERATOR_CALLER };
    const headers = { accept, ...caller, ...(sent !== undefined && { 'content-type': sent.type }) };
    const asked = request({ socketPath, method, path, headers, signal });
    const answer = new Promise<WorkerAnswer>((resolve, reject) => {
      asked.once('error', reject).once('response', (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (part: string) => {
            text += part;
          })
          .once('error', reject)
          .once('end', () => {
            const { location = '' } = response.headers;
            resolve({ status: response.statusCode ?? 0, location, text });
          });
      });
    });
    if (sent === undefined) asked.end();
    // The worker may answer before it has read all; then its answer counts.
    else await Promise.race([pipeline(sent.body, asked), answer]);
    return await answer;
  };
}

async function* count(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { onRead, signal }: PushOptions,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    onRead(piece.length);
    yield piece;
  }
}

async function readAll(findBlob: FindBlob, digest: string): Promise<Buffer | undefined> {
  const blob = findBlob(digest);
  if (blob === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.stream()) pieces.push(piece);
  return Buffer.concat(pieces);
}

function refused({ status, text }: WorkerAnswer): Extract<Taken, { why: string }> {
  const why = parseOciMessage(Buffer.from(text)) ?? `status ${status}`;
  return { outcome: status === 507 ? 'no-room' : 'refused', why };
}
