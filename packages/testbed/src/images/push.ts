import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpResponse,
} from '../http-client.ts';
import type { Bundle, Content } from './content.ts';

export interface PushTarget
  extends Pick<HttpClientOptions, 'url' | 'ca' | 'trustAnyone' | 'credentials'> {
  /** A Bearer token for the push, if the registry requires one. */
  readonly token?: string;
}

/**
 * Pushes blobs, then manifests, then the tag, each in one piece.
 * @throws if the registry answers with an error.
 */
export async function pushBundle(
  target: PushTarget,
  repository: string,
  tag: string | undefined,
  bundle: Bundle,
): Promise<void> {
  await using client = createHttpClient(target);
  const headers: Record<string, string> =
    target.token === undefined ? {} : { authorization: `Bearer ${target.token}` };
  for (const blob of bundle.blobs) await pushBlob(client, headers, repository, blob);
  for (const manifest of bundle.manifests) {
    await pushManifest(client, headers, repository, manifest.digest, manifest);
  }
  if (tag !== undefined) await pushManifest(client, headers, repository, tag, bundle.top);
}

async function pushBlob(
  client: HttpClient,
  headers: Record<string, string>,
  repository: string,
  blob: Content,
): Promise<void> {
  const upload = await client.request('POST', `/v2/${repository}/blobs/uploads/`, { headers });
  demand(202, upload, `starting an upload to ${repository}`);
  // The location may be relative, and its query has a state that the next request needs.
  const location = new URL(upload.headers.location ?? '', client.url);
  location.searchParams.set('digest', blob.digest);
  const done = await client.request('PUT', location.href, {
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    body: blob.bytes,
  });
  demand(201, done, `pushing blob ${blob.digest}`);
}

async function pushManifest(
  client: HttpClient,
  headers: Record<string, string>,
  repository: string,
  reference: string,
  { mediaType, bytes }: Content,
): Promise<void> {
  const done = await client.request('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { ...headers, 'content-type': mediaType },
    body: bytes,
  });
  demand(201, done, `pushing manifest ${reference}`);
}

function demand(status: number, answer: HttpResponse, what: string): void {
  if (answer.status === status) return;
  throw new Error(`${what}: expected status ${status}, got ${answer.status} ${answer.text()}`);
}
