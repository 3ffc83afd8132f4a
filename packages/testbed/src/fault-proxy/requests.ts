import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { parseRegistryPath } from '@registry-cache/domain';

export type RequestKind =
  | 'ping'
  | 'manifest'
  | 'blob'
  | 'tags'
  | 'referrers'
  | 'upload'
  | 'token'
  | 'other';

/** A request, and its outcome. The last three fields change until the request has ended. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly kind: RequestKind;
  /** The tag or digest of a manifest, or the digest of a blob, or empty. */
  readonly reference: string;
  readonly headers: IncomingHttpHeaders;
  /** 0 until the response begins. */
  status: number;
  /** Bytes of the body sent so far. */
  bytes: number;
  end: 'open' | 'complete' | 'broken';
}

/** Selects requests that fulfil all given conditions. An empty matcher selects all. */
export interface RequestMatcher {
  readonly method?: string | readonly string[];
  readonly path?: RegExp;
  readonly kind?: RequestKind | readonly RequestKind[];
  readonly reference?: string;
  readonly headers?: Readonly<Record<string, RegExp>>;
}

export function seeRequest({ method = 'GET', url = '/', headers }: IncomingMessage): SeenRequest {
  return { method, path: url, ...classify(url), headers, status: 0, bytes: 0, end: 'open' };
}

export function matches(request: SeenRequest, matcher: RequestMatcher): boolean {
  const { method, path, kind, reference, headers = {} } = matcher;
  return (
    (method === undefined || [method].flat().includes(request.method)) &&
    (kind === undefined || [kind].flat().includes(request.kind)) &&
    (reference === undefined || request.reference === reference) &&
    (path === undefined || path.test(request.path)) &&
    Object.entries(headers).every(([name, pattern]) =>
      pattern.test(String(request.headers[name.toLowerCase()] ?? '')),
    )
  );
}

function classify(url: string): { kind: RequestKind; reference: string } {
  const path = url.replace(/\?.*$/, '');
  const parsed = parseRegistryPath(path);
  if (parsed?.kind === 'manifest') return { kind: 'manifest', reference: parsed.reference };
  if (parsed?.kind === 'blob') return { kind: 'blob', reference: parsed.digest };
  if (parsed !== undefined) return { kind: parsed.kind, reference: '' };
  if (/^\/v2\/?$/.test(path)) return { kind: 'ping', reference: '' };
  if (/\/blobs\/uploads\//.test(path)) return { kind: 'upload', reference: '' };
  return { kind: /\/token$/.test(path) ? 'token' : 'other', reference: '' };
}
