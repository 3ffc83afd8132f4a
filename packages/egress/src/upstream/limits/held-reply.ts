import type { Reply } from '../../wire/transport/transport.ts';

/** Statuses without a body. Source: RFC 9110, sections 15.3.5 and 15.4.5. */
const BODILESS = new Set([204, 304]);

/** Calls `release` as soon as the reply no longer needs its connection, for whatever reason. */
export function holdUntilEnd(reply: Reply, method: string, release: () => void): Reply {
  const { body, status, headers } = reply;
  const isOver = body.destroyed || body.readableEnded || headers['content-length'] === '0';
  if (isOver || method === 'HEAD' || BODILESS.has(status)) release();
  else body.once('end', release).once('error', release).once('close', release);
  return reply;
}
