import {
  type Appliance,
  createPodmanClient,
  createSkopeoClient,
  describeContent,
  makeArtifact,
  makeImage,
  makeIndex,
  pushBundle,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWholeConformance } from './conformance.ts';
import { ANN, ask, BOB, errorOf, startHosted } from './hosted-stage.ts';
import { readHealth } from './inside.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  appliance = await startHosted(stage);
});

afterAll(() => stage[Symbol.asyncDispose]());

const push = (repository: string, tag: string | undefined, bundle: ReturnType<typeof makeImage>) =>
  pushBundle({ url: appliance.url, ca: appliance.ca, credentials: ANN }, repository, tag, bundle);

it('passes the four parts of the conformance program', async () => {
  const report = await runWholeConformance({
    registry: appliance.registry,
    ca: appliance.ca,
    repositories: ['apps/conformance/one', 'apps/conformance/two'],
    login: ANN,
  });
  expect(report.failures).toEqual([]);
  expect(report.counts, report.text).toMatchObject({ FAIL: 0, Error: 0 });
  expect(report.counts.Pass).toBeGreaterThan(700);
});

describe('rights', () => {
  const image = makeImage({ seed: 'rights' });
  const path = (end: string) => `/v2/apps/secret/app/${end}`;

  beforeAll(() => push('apps/secret/app', 'v1', image));

  it('ask for a login first', async () => {
    const answer = await ask(appliance, 'POST', path('blobs/uploads/'));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('repository:apps/secret/app:pull,push');
  });

  it('refuse a push and a deletion with the rule', async () => {
    const start = await ask(appliance, 'POST', path('blobs/uploads/'), BOB);
    expect(start.status).toBe(403);
    expect(errorOf(start)).toBe('DENIED bob may not push apps/secret/app (no rule allows it)');
    const removal = await ask(appliance, 'DELETE', path('manifests/v1'), BOB);
    expect(errorOf(removal)).toBe(
      'DENIED bob may not delete apps/secret/app:v1 (no rule allows it)',
    );
    const read = await ask(appliance, 'GET', path('manifests/v1'), BOB);
    expect(errorOf(read)).toBe('DENIED bob may not pull apps/secret/app:v1 (rule 2: ask ann)');
  });

  it('mount a blob only from where the caller may pull it', async () => {
    const digest = image.blobs[0]?.digest ?? '';
    const mount = (user: typeof ANN, to: string) =>
      ask(
        appliance,
        'POST',
        `/v2/${to}/blobs/uploads/?${new URLSearchParams({ mount: digest, from: 'apps/secret/app' })}`,
        user,
      );
    const refused = await mount(BOB, 'apps/bob/app');
    expect(refused.status).toBe(202);
    expect((await ask(appliance, 'HEAD', `/v2/apps/bob/app/blobs/${digest}`, BOB)).status).toBe(
      404,
    );
    expect((await mount(ANN, 'apps/team/mounted')).status).toBe(201);
  });

  it('show images in the catalog by the caller', async () => {
    const catalog = async (user: typeof ANN) =>
      (await ask(appliance, 'GET', '/v2/_catalog', user)).json() as { repositories: string[] };
    expect((await catalog(ANN)).repositories).toContain('apps/secret/app');
    expect((await catalog(BOB)).repositories).not.toContain('apps/secret/app');
  });

  it('close every other path and method', async () => {
    for (const [method, end] of [
      ['POST', 'manifests/v1'],
      ['PATCH', 'blobs/uploads/'],
      ['PUT', 'tags/list'],
    ] as const) {
      expect((await ask(appliance, method, path(end), ANN)).status).toBe(405);
    }
    const odd = await ask(appliance, 'POST', '/v2/apps/UPPER/blobs/uploads/', ANN);
    expect(odd.status).toBe(400);
    const upstream = await ask(appliance, 'POST', '/v2/quay.test/a/blobs/uploads/', ANN);
    expect(errorOf(upstream)).toBe('DENIED ann may not push quay.test/a (no rule allows it)');
  });

  it('are explained', async () => {
    const command = ['registry-cache', 'explain', '--as', 'bob', 'apps/secret/app:v1'];
    const { stdout } = await appliance.exec(command);
    expect(stdout).toContain('pull no (rule 2: ask ann)');
  });
});

describe('clients', () => {
  it('push and pull by podman, with its login', async () => {
    await using podman = await createPodmanClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: ANN },
    });
    const seed = makeImage({ seed: 'podman' });
    await push('apps/seed/podman', 'v1', seed);
    const source = `${appliance.registry}/apps/seed/podman:v1`;
    expect(await podman.pull(source)).toMatchObject({ exitCode: 0 });
    const target = `${appliance.registry}/apps/team/podman:v2`;
    expect(await podman.run('tag', source, target)).toMatchObject({ exitCode: 0 });
    expect(await podman.run('push', '--quiet', target)).toMatchObject({ exitCode: 0 });
    await podman.removeImages();
    expect(await podman.pull(target)).toMatchObject({ exitCode: 0 });
  });

  it('copy by skopeo with all platforms, and delete', async () => {
    await using skopeo = await createSkopeoClient({
      ca: appliance.ca,
      logins: { [appliance.registry]: ANN },
    });
    const index = makeIndex({ seed: 'skopeo', architectures: ['amd64', 'arm64'] });
    await push('apps/seed/skopeo', 'v1', index);
    const from = `docker://${appliance.registry}/apps/seed/skopeo:v1`;
    const to = `docker://${appliance.registry}/charts/team/skopeo:v1`;
    expect(await skopeo.run('copy', '--all', from, to)).toMatchObject({ exitCode: 0 });
    expect(await skopeo.inspect(to.replace('docker://', ''))).toMatchObject({ exitCode: 0 });
    expect(await skopeo.run('delete', to)).toMatchObject({ exitCode: 0 });
    const gone = await ask(appliance, 'GET', '/v2/charts/team/skopeo/manifests/v1', ANN);
    expect(gone.status).toBe(404);
  });

  it('find referrers of what was pushed', async () => {
    const image = makeImage({ seed: 'referred' });
    const artifact = makeArtifact({
      seed: 'signature',
      subject: describeContent(image.top),
      artifactType: 'application/vnd.example.signature',
    });
    await push('apps/team/referred', 'v1', image);
    await push('apps/team/referred', undefined, artifact);
    const path = `/v2/apps/team/referred/referrers/${image.top.digest}`;
    const { manifests } = (await ask(appliance, 'GET', path, BOB)).json() as {
      manifests: { digest: string }[];
    };
    expect(manifests.map(({ digest }) => digest)).toEqual([artifact.top.digest]);
  });

  it('get blobs from disk, in ranges too', async () => {
    const image = makeImage({ seed: 'ranges' });
    await push('apps/team/ranges', 'v1', image);
    const blob = image.blobs[0];
    if (blob === undefined) throw new Error('no blob');
    const path = `/v2/apps/team/ranges/blobs/${blob.digest}`;
    const whole = await ask(appliance, 'GET', path, BOB);
    expect(whole.body.equals(blob.bytes)).toBe(true);
    const part = await ask(appliance, 'GET', path, BOB, { headers: { range: 'bytes=2-4' } });
    expect(part.status).toBe(206);
    expect(part.body.equals(blob.bytes.subarray(2, 5))).toBe(true);
    const elsewhere = await ask(appliance, 'GET', path.replace('ranges', 'other'), ANN);
    expect(elsewhere.status).toBe(404);
  });
});

it('tells pushes to the audit log, and the room that is taken to Prometheus', async () => {
  const image = makeImage({ seed: 'audit' });
  await push('apps/team/audit', 'v1', image);
  await expect
    .poll(async () => {
      const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit', '--json']);
      return stdout.split('\n').filter((line) => line.includes('apps/team/audit:v1'));
    })
    .toEqual([expect.stringMatching(/"event": ?"push".*"user": ?"ann"/)]);
  await expect
    .poll(() => readHealth(appliance, '/metrics'))
    .toMatch(/^registry_cache_hosted_bytes [1-9]/m);
});
