import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  describeContent,
  type FaultProxy,
  type HttpResponse,
  makeContent,
  makeJsonContent,
  OCI,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
  until,
} from '@registry-cache/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killProgram } from './inside.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { listTargets, pullTargets } from './traffic.ts';

const TAGS = ['v1', 'v2', 'v3', 'V10', 'latest'];
const LIST = '/v2/reg.test/team/app/tags/list';
let stage: Stage;
let registry: RegistryProcess;
let faultProxy: FaultProxy;
let appliance: Appliance;
let image: Bundle;
let artifact: Bundle;

/** An artifact that refers to an image, such as a signature or an SBOM. */
function makeArtifact(subject: Bundle, artifactType: string): Bundle {
  const empty = makeContent(OCI.empty, Buffer.from('{}'));
  const top = makeJsonContent(OCI.manifest, {
    schemaVersion: 2,
    mediaType: OCI.manifest,
    artifactType,
    config: describeContent(empty),
    layers: [describeContent(empty)],
    subject: describeContent(subject.top),
  });
  return { top, manifests: [top], blobs: [empty] };
}

beforeAll(async () => {
  stage = await openStage();
  // distribution supports tags and pages, but not referrers.
  registry = await stage.upstream();
  faultProxy = stage.use(
    await startFaultProxy({ host: stage.network.gateway, upstream: registry.url }),
  );
  for (const tag of TAGS) image = await pushImage(registry, 'team/app', tag, { seed: 'app' });
  await pushImage(registry, 'team/signed', 'v1', { seed: 'app' });
  artifact = makeArtifact(image, 'application/vnd.example.sbom');
  await pushBundle(registry, 'team/signed', undefined, artifact);
  const { digest } = image.top;
  const entries = [
    { ...describeContent(artifact.top), artifactType: 'application/vnd.example.sbom' },
    { ...describeContent(image.top), artifactType: 'application/vnd.example.other' },
  ];
  const index = makeJsonContent(OCI.index, {
    schemaVersion: 2,
    mediaType: OCI.index,
    manifests: entries,
  });
  const tagged = { top: index, manifests: [], blobs: [] };
  await pushBundle(registry, 'team/signed', digest.replace(':', '-'), tagged);
  appliance = await stage.appliance({ 'reg.test': faultProxy });
});

afterEach(() => faultProxy.setRules());

afterAll(() => stage[Symbol.asyncDispose]());

async function get(path: string): Promise<HttpResponse> {
  await using client = appliance.client();
  return await client.get(path, { headers: { accept: ANY_MANIFEST } });
}

const tagsIn = (answer: HttpResponse) => (answer.json() as { tags: string[] }).tags;
const nextOf = ({ headers }: HttpResponse) =>
  /^<([^>]*)>; rel="next"$/.exec(headers.link ?? '')?.[1];

/** The tags of every page. Follows the Link headers as clients do. */
async function walk(first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let path: string | undefined = first; path !== undefined; ) {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    pages.push(tagsIn(answer));
    path = nextOf(answer);
  }
  return pages;
}

describe('referrers', () => {
  const path = () => `/v2/reg.test/team/signed/referrers/${image.top.digest}`;

  it('come from the fallback tag where the upstream lacks the API', async () => {
    const answer = await get(path());
    expect([answer.status, answer.headers['content-type']]).toEqual([200, OCI.index]);
    const { manifests } = answer.json() as { manifests: object[] };
    expect(manifests).toHaveLength(2);
    expect(manifests[0]).toMatchObject(describeContent(artifact.top));
  });

  it('are filtered by their type, and a header reports the filter', async () => {
    const answer = await get(`${path()}?artifactType=application/vnd.example.sbom`);
    expect(answer.headers['oci-filters-applied']).toBe('artifactType');
    expect((answer.json() as { manifests: object[] }).manifests).toHaveLength(1);
  });

  it('are an empty index for a manifest without any', async () => {
    const answer = await get(path().replace(image.top.digest, artifact.top.digest));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, OCI.index]);
    expect(answer.json()).toMatchObject({ schemaVersion: 2, manifests: [] });
  });

  it('are served from memory while the upstream fails', async () => {
    faultProxy.setRules({ do: { respond: { status: 500 } } });
    const answer = await get(path());
    expect([answer.status, answer.headers['x-cache']]).toEqual([200, 'STALE']);
    expect((answer.json() as { manifests: object[] }).manifests).toHaveLength(2);
    faultProxy.setRules();
  });

  it('come from the stored fallback tag while the upstream is down after a restart', async () => {
    await faultProxy.pause();
    await appliance.restart();
    const answer = await get(path());
    expect([answer.status, answer.headers['x-cache']]).toEqual([200, 'STALE']);
    expect((answer.json() as { manifests: object[] }).manifests).toHaveLength(2);
    await faultProxy.resume();
    await until(
      'the upstream is used again',
      async () => (await get(path())).headers['x-cache'] === 'MISS',
      {
        timeoutMs: 60_000,
      },
    );
  });
});

describe('tags', () => {
  it('are those of the upstream, in pages whose links lead back to the cache', async () => {
    const whole = await get(LIST);
    expect([whole.status, whole.headers['x-cache']]).toEqual([200, 'MISS']);
    expect(tagsIn(whole)).toEqual(expect.arrayContaining(TAGS));
    const first = await get(`${LIST}?n=2`);
    expect(nextOf(first)).toMatch(/^\/v2\/reg\.test\/team\/app\/tags\/list\?/);
    expect((await walk(`${LIST}?n=2`)).flat()).toEqual(tagsIn(whole));
  });

  it('of a missing repository get the upstream’s 404', async () => {
    const answer = await get('/v2/reg.test/team/nothing/tags/list');
    expect([answer.status, answer.json()]).toMatchObject([
      404,
      { errors: [{ code: 'NAME_UNKNOWN', message: expect.stringMatching(/^reg\.test answered/) }] },
    ]);
  });

  it('are the stored ones while the upstream fails, in order and in pages', async () => {
    for (const tag of ['v1', 'v2', 'V10']) {
      await pullTargets(appliance, listTargets('reg.test', 'team/app', tag, image));
    }
    faultProxy.setRules({ do: { respond: { status: 503, headers: { 'retry-after': '9' } } } });
    await until('all three are stored', async () => tagsIn(await get(LIST)).length === 3);
    const whole = await get(LIST);
    expect([whole.status, whole.headers['x-cache']]).toEqual([200, 'STALE']);
    expect(tagsIn(whole)).toEqual(['v1', 'V10', 'v2']);
    expect(await walk(`${LIST}?n=2`)).toEqual([['v1', 'V10'], ['v2']]);
    expect(tagsIn(await get(`${LIST}?last=v1`))).toEqual(['V10', 'v2']);
    expect(tagsIn(await get(`${LIST}?n=0`))).toEqual([]);
    expect((await get('/v2/reg.test/team/nowhere/tags/list')).status).toBe(503);
  });

  it('are the stored ones while the upstream cannot be reached', async () => {
    await faultProxy.pause();
    const answer = await get(LIST);
    expect([answer.status, answer.headers['x-cache']]).toEqual([200, 'STALE']);
    expect(tagsIn(answer)).toEqual(['v1', 'V10', 'v2']);
    await faultProxy.resume();
  });

  it('are also listed while egress is away', async () => {
    await killProgram(appliance, 'egress', 'STOP');
    await killProgram(appliance, 'egress', 'KILL');
    const answer = await get(LIST);
    expect([200, 503]).toContain(answer.status);
    await until('egress is back', async () => (await get(LIST)).headers['x-cache'] === 'MISS', {
      timeoutMs: 60_000,
    });
  });
});
