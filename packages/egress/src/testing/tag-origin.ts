import { digestOf } from '../wire/http/digest.ts';
import { type Origin, ociError, reply, startOrigin } from './origin.ts';

export const LATEST = '/v2/a/manifests/latest';

export interface Version {
  readonly body: string;
  readonly digest: string;
  readonly type: string;
}

/** A unique OCI image manifest. */
export function version(name: string): Version {
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const body = JSON.stringify({ schemaVersion: 2, mediaType: type, annotations: { name } });
  return { body, digest: digestOf(Buffer.from(body)), type };
}

/** An upstream with one repository. Tests move its tag `latest`, and make it fail. */
export interface TagOrigin extends Origin {
  /** The manifest of `latest`; undefined if the upstream has no such tag. */
  latest: Version | undefined;
  /** A status for all requests; with `silent` no request gets an answer. */
  trouble: number | 'silent' | undefined;
  troubleHeaders: Record<string, string>;
  troubleBody: string;
  /** A status for HEAD requests only. */
  headStatus: number | undefined;
  /** Delay of each answer, in milliseconds. */
  delayMs: number;
  /** Removes a manifest, whichever tag names it. */
  forget(digest: string): void;
  /** One text such as `HEAD latest` for each request since the last call. */
  asked(): string[];
}

export async function startTagOrigin(first: Version): Promise<TagOrigin> {
  const versions = new Map<string, Version>();
  let latest: Version | undefined;
  const origin = await startOrigin(async ({ url, method }, response) => {
    if (it.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, it.delayMs));
    if (it.trouble === 'silent') return;
    const status = (method === 'HEAD' ? it.headStatus : undefined) ?? it.trouble;
    if (status !== undefined)
      return reply(response, status, method === 'HEAD' ? '' : it.troubleBody, it.troubleHeaders);
    const reference = url.slice(url.lastIndexOf('/') + 1);
    if (url === '/v2/') return reply(response, 200, '{}');
    const found = reference === 'latest' ? latest : versions.get(reference);
    if (found === undefined) return reply(response, 404, ociError('MANIFEST_UNKNOWN', 'unknown'));
    const headers = { 'content-type': found.type, 'docker-content-digest': found.digest };
    reply(response, 200, method === 'HEAD' ? '' : found.body, {
      ...headers,
      'content-length': String(Buffer.byteLength(found.body)),
    });
  });
  let told = 0;
  const it: TagOrigin = {
    ...origin,
    trouble: undefined,
    troubleHeaders: {},
    troubleBody: '',
    headStatus: undefined,
    forget: (digest) => void versions.delete(digest),
    delayMs: 0,
    get latest() {
      return latest;
    },
    set latest(value) {
      latest = value;
      if (value !== undefined) versions.set(value.digest, value);
    },
    asked() {
      const lines = origin.seen.slice(told).filter(({ url }) => url !== '/v2/');
      told = origin.seen.length;
      return lines.map(({ method, url }) => {
        const reference = url.slice(url.lastIndexOf('/') + 1);
        return `${method} ${reference.startsWith('sha256:') ? 'digest' : reference}`;
      });
    },
  };
  it.latest = first;
  return it;
}
