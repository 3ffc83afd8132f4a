import { pipeline, Transform } from 'node:stream';
import { parseContentRange, parseLength } from '../../wire/http/content-range.ts';
import { replyHeader } from '../../wire/transport/reply.ts';
import type { Reply } from '../../wire/transport/transport.ts';
import type { UpstreamRequest } from '../client/upstream-request.ts';

/**
 * A blob is no larger than this, where no manifest has told its size. The largest layer that a
 * public registry takes has 52,000 MiB. Source: Amazon ECR's documentation of its quotas.
 */
export const MOST_BLOB_BYTES = 64 * 1024 ** 3;

/**
 * A peer's reply with a part of a blob or the whole of it, which ends where the blob has to end. An
 * honest peer passes bodies of unknown length on, so the length alone is no reason to refuse one.
 * @param onExcess is called once when the body was cut.
 * @returns undefined, with the body closed, where more is announced than the blob can have.
 */
export function atMost(
  reply: Reply,
  { method, expectedBytes = MOST_BLOB_BYTES }: Pick<UpstreamRequest, 'method' | 'expectedBytes'>,
  onExcess: () => void,
): Reply | undefined {
  if (method === 'HEAD' || (reply.status !== 200 && reply.status !== 206)) return reply;
  const part = reply.status === 206 ? replyHeader(reply, 'content-range') : undefined;
  const mostBytes = expectedBytes - (parseContentRange(part)?.first ?? 0);
  const announcedBytes = parseLength(replyHeader(reply, 'content-length'));
  if (announcedBytes === undefined) return { ...reply, body: cut(reply.body, mostBytes, onExcess) };
  // HTTP itself ends a body at the length that was announced.
  if (announcedBytes <= mostBytes) return reply;
  reply.body.destroy();
  return undefined;
}

function cut(body: Reply['body'], mostBytes: number, onExcess: () => void): Reply['body'] {
  let bytes = 0;
  const checked = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      if (bytes <= mostBytes) return done(null, chunk);
      onExcess();
      done(new Error(`the peer sent more than the ${mostBytes} bytes that were left of the blob`));
    },
  });
  // It may fail while it is not read. That must not end the process; readers still get it.
  pipeline(body, checked, () => undefined);
  return Object.assign(checked, { dump: async () => void checked.destroy() });
}
