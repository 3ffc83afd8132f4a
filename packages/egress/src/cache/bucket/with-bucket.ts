import { Readable } from 'node:stream';
import type { BucketPlace, FoundObject } from '@registry-cache/bucket';
import { isDigest, parseRegistryPath } from '@registry-cache/domain';
import type { UpstreamClient } from '../../upstream/client/upstream-client.ts';
import type { UpstreamRequest } from '../../upstream/client/upstream-request.ts';
import { isUnreachable } from '../../wire/errors/registry-error.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import { BEYOND_END, type BucketReader, type LinkKind } from './bucket-reader.ts';

interface Content {
  readonly kind: LinkKind;
  readonly place: BucketPlace;
  readonly digest: string;
}

/**
 * A client that looks for content by digest in the bucket before it asks the upstream. All else goes
 * to the upstream. The bytes are checked by the callers, as those of any upstream.
 */
export function withBucket(
  client: UpstreamClient,
  upstreamId: string,
  reader: BucketReader,
): UpstreamClient {
  return {
    ...client,
    async fetch(request) {
      const content = parseContent(upstreamId, request.path);
      if (content === undefined) return client.fetch(request);
      const { digest } = content;
      const askOthers = async () => {
        const reply = await client.fetch(request);
        if (request.method === 'GET') reader.noteSource(digest, reply.isOfPeer === true);
        return reply;
      };
      if (!reader.isSecond(digest)) {
        return (await askBucket(reader, content, request)) ?? askOthers();
      }
      try {
        return await askOthers();
      } catch (error) {
        const reply = isUnreachable(error)
          ? await askBucket(reader, content, request, true)
          : undefined;
        if (reply === undefined) throw error;
        return reply;
      }
    },
    distrust(path) {
      const content = parseContent(upstreamId, path);
      const isOurs = content !== undefined && reader.distrust(content.digest);
      return isOurs || client.distrust(path);
    },
  };
}

function parseContent(upstreamId: string, target: string): Content | undefined {
  const path = parseRegistryPath(target.split('?', 1)[0] ?? '');
  if (path === undefined) return undefined;
  const place = { upstreamId, repository: path.repository };
  if (path.kind === 'blob') return { kind: 'layer', place, digest: path.digest };
  if (path.kind !== 'manifest' || !isDigest(path.reference)) return undefined;
  return { kind: 'revision', place, digest: path.reference };
}

/** @throws the reason of the request's signal. */
async function askBucket(
  reader: BucketReader,
  { kind, place, digest }: Content,
  { method, headers, signal }: UpstreamRequest,
  isPatient = false,
): Promise<Reply | undefined> {
  const { name } = reader;
  if (method === 'HEAD') {
    const sizeBytes = await reader.size(kind, place, digest, signal);
    if (sizeBytes === undefined) return undefined;
    return toReply(name, 200, { 'content-length': String(sizeBytes) }, Readable.from([]));
  }
  const found = await reader.open(kind, place, digest, { range: headers.range, isPatient, signal });
  if (found === undefined) return undefined;
  if (found === BEYOND_END) return toReply(name, 416, {}, Readable.from([]));
  const isPart = found.contentRange !== undefined;
  return toReply(name, isPart ? 206 : 200, headersOf(found), found.body);
}

/** S3's own ETag is left out: parts from the bucket and from the upstream make one whole. */
function headersOf({ sizeBytes, contentRange }: FoundObject): Record<string, string> {
  return {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    ...(sizeBytes !== undefined && { 'content-length': String(sizeBytes) }),
    ...(contentRange !== undefined && { 'content-range': contentRange }),
  };
}

function toReply(
  bucket: string,
  status: number,
  headers: Record<string, string>,
  stream: Readable,
): Reply {
  const dump = async () => void stream.destroy();
  // For messages: `the-bucket ended the body too early`.
  const url = new URL(`http://${bucket}/`);
  const body = Object.assign(stream, { dump });
  return { url, redirected: false, isOfBucket: true, status, headers, body };
}
