import type { IncomingMessage } from 'node:http';

/** The address that asks, as the edge says; it sets the header, whatever a client has sent. */
export function clientOf(request: IncomingMessage): string {
  const header = request.headers['x-client'];
  return (Array.isArray(header) ? header[0] : header) ?? '';
}
