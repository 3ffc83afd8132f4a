import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { extname, join } from 'node:path';
import { orMissing } from '@registry-cache/runtime';

export interface PageFile {
  readonly status: 200 | 304;
  readonly headers: OutgoingHttpHeaders;
  /** Empty for 304. */
  readonly body: Buffer;
}

const INDEX = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Everything comes from this server, and no other page may show this one in a frame. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
  ...["connect-src 'self'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"],
].join('; ');

/**
 * Reads a file of the page from the disk, compressed where the browser takes that. Nothing stays in
 * memory, since people open the page rarely.
 *
 * @returns undefined for a path that the page does not have.
 */
export async function readPageFile(
  pageDir: string,
  path: string,
  headers: IncomingHttpHeaders,
): Promise<PageFile | undefined> {
  const wanted = path === '/' ? INDEX : path.slice(1);
  // The names come from the folder, never from the request.
  const names = (await orMissing(readdir(pageDir))) ?? [];
  const name = names.find((one) => one === wanted);
  const type = name === undefined ? undefined : TYPES[extname(name)];
  if (name === undefined || type === undefined) return undefined;
  const packed = takesGzip(headers) ? names.find((one) => one === `${name}.gz`) : undefined;
  const body = await readFile(join(pageDir, packed ?? name));
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
  const isSame = headers['if-none-match']?.includes(etag) ?? false;
  return {
    status: isSame ? 304 : 200,
    body: isSame ? Buffer.alloc(0) : body,
    headers: {
      etag,
      vary: 'accept-encoding',
      // All other files have the hash of their content in their names.
      'cache-control':
        name === INDEX ? 'private, no-cache' : 'private, max-age=31536000, immutable',
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      ...(!isSame && {
        'content-type': type,
        'content-length': body.length,
        ...(packed !== undefined && { 'content-encoding': 'gzip' }),
      }),
    },
  };
}

function takesGzip({ 'accept-encoding': accepted }: IncomingHttpHeaders): boolean {
  return /(?:^|,)\s*gzip\s*(?:,|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))|$)/i.test(String(accepted ?? ''));
}
