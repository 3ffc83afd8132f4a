import {
  ANY_MANIFEST,
  type Appliance,
  type FaultProxy,
  type HttpResponse,
} from '@registry-cache/testbed';

export interface TagAnswer {
  readonly status: number;
  /** X-Cache. */
  readonly cache: string | undefined;
  readonly digest: string | undefined;
  readonly tookMs: number;
}

/** Requests a manifest on a new connection. `name` is `reg.test/team/app:v1` or has a digest. */
export async function askManifest(
  appliance: Appliance,
  name: string,
  { method = 'GET', accept = ANY_MANIFEST } = {},
): Promise<TagAnswer> {
  await using client = appliance.client();
  const [, repository, reference] = /^([^:@]+)[:@](.*)$/.exec(name) ?? [];
  const path = `/v2/${repository}/manifests/${reference}`;
  const before = performance.now();
  const answer: HttpResponse = await client.request(method, path, { headers: { accept } });
  return {
    status: answer.status,
    cache: answer.headers['x-cache'],
    digest: answer.headers['docker-content-digest'],
    tookMs: performance.now() - before,
  };
}

/** `HEAD v1` for each request for a manifest that the upstream got since `forget`. */
export function manifestsAsked(faultProxy: FaultProxy): string[] {
  return faultProxy.seen
    .filter(({ kind }) => kind === 'manifest')
    .map(({ method, reference }) => `${method} ${reference}`);
}
