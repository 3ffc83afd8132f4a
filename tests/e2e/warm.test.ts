import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type Appliance,
  type Bundle,
  createHttpClient,
  describeContent,
  type FaultProxy,
  layersOf,
  makeArtifact,
  makeContent,
  makeImage,
  makeIndex,
  makeJsonContent,
  makeTar,
  makeTemporaryFolder,
  pushBundle,
  type RegistryProcess,
  runCommand,
  runOrThrow,
  startFaultProxy,
  type TemporaryFolder,
  until,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readShellBlocks } from './documented.ts';
import { openStage, pushImage, type Stage } from './stage.ts';
import { askManifest } from './tag-requests.ts';
import { listTargets, pullTargets } from './traffic.ts';
import { withoutProgress } from './without-progress.ts';

let stage: Stage;
let folder: TemporaryFolder;
let origin: RegistryProcess;
let faultProxy: FaultProxy;
const TAGS = ['v3.4.0', 'v3.5.0', 'v3.5.1', 'v3.6.0-rc1', 'latest'];
let etcd: Readonly<Record<string, Bundle>>;
let hello: Bundle;
let large: Bundle;
const LARGE_BYTES = 24_000_000;

beforeAll(async () => {
  stage = await openStage();
  folder = stage.use(await makeTemporaryFolder('warm'));
  origin = await stage.upstream();
  const pushed = TAGS.map(async (tag) => {
    return [tag, await pushImage(origin, 'coreos/etcd', tag, { seed: `warm ${tag}` })] as const;
  });
  etcd = Object.fromEntries(await Promise.all(pushed));
  hello = makeIndex({ seed: 'warm hello', architectures: ['amd64', 'arm64', 's390x'] });
  await pushBundle(origin, 'podman/hello', 'latest', hello);
  large = await pushImage(origin, 'team/large', 'v1', {
    seed: 'warm large',
    layerSizesBytes: [1024, LARGE_BYTES, 4096],
  });
  const host = stage.network.gateway;
  faultProxy = stage.use(await startFaultProxy({ host, upstream: origin.url }));
});

beforeEach(async () => {
  await faultProxy.resume();
  faultProxy.setRules();
  faultProxy.forget();
});

afterAll(() => stage[Symbol.asyncDispose]());

const open = () =>
  stage.appliance({ 'quay.io': { url: faultProxy.url, tags: { default: '1ms' } } });

interface Line {
  readonly image: string;
  readonly digest: string;
  readonly status: string;
  readonly platforms: readonly string[];
  readonly bytes: number;
  readonly newBytes: number;
}

/** Warms by a list on standard input. */
async function warm({ id }: Appliance, list: string, ...args: string[]) {
  const command = ['exec', '-i', id, 'registry-cache', 'warm', ...args, '-'];
  const { exitCode, stdout, stderr } = await runCommand('podman', command, { input: list });
  const lines = args.includes('--json') ? stdout.split('\n').map((one) => JSON.parse(one)) : [];
  const told = withoutProgress(stderr);
  return { exitCode, stdout, stderr: told, images: lines.filter(({ image }) => image) as Line[] };
}

const blobGets = () => faultProxy.count({ method: 'GET', kind: 'blob' });

test('a warmed list is served while its registry is away, and costs one HEAD for each tag afterwards', async () => {
  const appliance = await open();
  const list = 'quay.io/coreos/etcd:latest\nquay.io/podman/hello # all that is usual\n';
  const first = await warm(appliance, list, '--json');
  expect([first.stderr, first.exitCode]).toEqual(['', 0]);
  expect(first.images.map(({ status, platforms }) => [status, platforms])).toEqual(
    expect.arrayContaining([
      ['fetched', []],
      ['fetched', ['linux/amd64', 'linux/arm64']],
    ]),
  );
  const [, , third] = hello.manifests;
  expect(faultProxy.count({ kind: 'manifest', reference: third?.digest ?? '' })).toBe(0);
  faultProxy.forget();
  const old = 'find /var/lib/registry/blobs -name data -exec touch -a -d 2020-01-01 {} +';
  await appliance.exec(['sh', '-c', old]);
  const again = await warm(appliance, list, '--json');
  expect(again.images.map(({ status, newBytes }) => [status, newBytes])).toEqual([
    ['here', 0],
    ['here', 0],
  ]);
  const asked = faultProxy.seen.filter(({ kind }) => kind === 'manifest' || kind === 'blob');
  const ofTags = asked.filter(({ reference }) => !reference.startsWith('sha256'));
  expect(ofTags.map(({ method, reference }) => `${method} ${reference}`).sort()).toEqual([
    'HEAD latest',
    'HEAD latest',
  ]);
  expect(blobGets()).toBe(0);
  const aged = 'find /var/lib/registry/blobs -name data ! -newerat 2021-01-01';
  expect((await appliance.exec(['sh', '-c', aged])).stdout).toBe('');
  await faultProxy.pause();
  const image = etcd.latest ?? hello;
  await pullTargets(appliance, listTargets('quay.io', 'coreos/etcd', 'latest', image));
  const { stdout } = await appliance.exec(['registry-cache', 'logs', '--audit']);
  expect(stdout).toContain('quay.io/coreos/etcd:latest');
});

test('the digests of a skopeo sync list are those that skopeo itself copies', async () => {
  const appliance = await open();
  const listOf = (registry: string) => `
${registry}:
    tls-verify: false
    images:
        podman/hello: [latest]
    images-by-tag-regex:
        coreos/etcd: 5\\.[01]$
        team/large: ^v
`;
  const host = new URL(origin.url).host;
  const file = join(folder.path, 'sync.yaml');
  const target = join(folder.path, 'synced');
  await writeFile(file, listOf(`"${host}"`));
  const sync = ['sync', '--all', '--scoped', '--src', 'yaml', '--dest', 'dir', file, target];
  await runOrThrow('skopeo', sync);
  const files = await readdir(target, { recursive: true });
  const copied = files.filter((name) => name.endsWith('/manifest.json'));
  const expected = await Promise.all(
    copied.map(async (name) => {
      const bytes = await readFile(join(target, name));
      const image = name.slice(name.indexOf('/') + 1).replace('/manifest.json', '');
      return `${image} sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
  expect(expected).toHaveLength(4);
  const { images, stderr } = await warm(
    appliance,
    listOf('quay.io'),
    '--json',
    '--platform',
    'all',
  );
  const warmed = images.map(({ image, digest }) => `${image.replace('quay.io/', '')} ${digest}`);
  expect(warmed.sort()).toEqual(expected.sort());
  expect(stderr).toBe('registry-cache: quay.io.tls-verify: has no use here');
});

test('a list of regsync names its own platforms', async () => {
  const appliance = await open();
  const etcdTags = '{semverRange: [">=3.5.0"], deny: [".*-rc.*"]}';
  const list = `sync:
  - {source: quay.io/podman/hello, type: image, target: x, platforms: [linux/s390x]}
  - {source: quay.io/coreos/etcd, type: repository, target: x, tags: ${etcdTags}}
`;
  const { images } = await warm(appliance, list, '--json', '--platform', 'linux/amd64');
  expect(images.map(({ image, platforms }) => [image, platforms]).sort()).toEqual([
    ['quay.io/coreos/etcd:v3.5.0', []],
    ['quay.io/coreos/etcd:v3.5.1', []],
    ['quay.io/podman/hello:latest', ['linux/s390x']],
  ]);
});

test('while rules of access are in force, a list still finds all tags', async () => {
  const upstreams = { 'quay.io': { url: faultProxy.url } };
  const policyYaml = JSON.stringify({ upstreams, access: { default: [], rules: [] } });
  const appliance = await stage.appliance(upstreams, { policyYaml });
  const list = 'quay.io: {images-by-tag-regex: {coreos/etcd: "5[.][01]$"}}\n';
  const { exitCode, images } = await warm(appliance, list, '--json');
  expect([exitCode, images.map(({ image }) => image).sort()]).toEqual([
    0,
    ['quay.io/coreos/etcd:v3.5.0', 'quay.io/coreos/etcd:v3.5.1'],
  ]);
});

test('a dry run counts the bytes that are not here, and fetches no blob', async () => {
  const appliance = await open();
  await warm(appliance, 'quay.io/coreos/etcd:v3.5.0\n');
  faultProxy.forget();
  const list = 'quay.io/coreos/etcd:v3.5.0\nquay.io/team/large:v1\n';
  const { images, stdout } = await warm(appliance, list, '--json', '--dry-run');
  const sizeBytes = large.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(images.map(({ status, newBytes }) => [status, newBytes]).sort()).toEqual([
    ['here', 0],
    ['missing', sizeBytes],
  ]);
  const sums = JSON.parse(stdout.split('\n').at(-1) ?? '');
  expect(sums).toMatchObject({ images: 2, here: 1, failed: 0, newBytes: sizeBytes });
  expect(blobGets()).toBe(0);
  const text = await warm(appliance, list, '--dry-run');
  expect(text.stdout).toMatch(
    /^2 images, 2\d\.\d MiB, 2\d\.\d MiB not here; 1 unchanged, 0 failed$/,
  );
});

test('with --keep-going the list of what failed is the only output, and can be fed back in', async () => {
  const appliance = await open();
  const list = 'quay.io/coreos/etcd:none\nquay.io/coreos/etcd:v3.4.0\nquay.io/later/app:v1\n';
  const first = await warm(appliance, list, '--keep-going');
  expect(first.exitCode).toBe(1);
  expect(first.stdout.split('\n').sort()).toEqual([
    'quay.io/coreos/etcd:none',
    'quay.io/later/app:v1',
  ]);
  expect(first.stderr).toContain('quay.io/coreos/etcd:none: the registry has no such image');
  await pushImage(origin, 'later/app', 'v1', { seed: 'warm later' });
  await pushImage(origin, 'coreos/etcd', 'none', { seed: 'warm none' });
  await until('the failures are forgotten', async () => {
    return (await warm(appliance, first.stdout, '--keep-going')).exitCode === 0;
  });
  const stopped = await warm(appliance, 'quay.io/coreos/etcd:never\n');
  expect([stopped.exitCode, stopped.stdout]).toEqual([1, '']);
});

test('signatures and referrers come along, for the time without a registry', async () => {
  const signed = await pushImage(origin, 'team/signed', 'v1', { seed: 'warm signed' });
  const { digest } = signed.top;
  const subject = describeContent(signed.top);
  const sbom = makeArtifact({ seed: 'sbom', subject, artifactType: 'application/vnd.sbom' });
  await pushBundle(origin, 'team/signed', undefined, sbom);
  await pushBundle(origin, 'team/signed', digest.replace(':', '-'), makeReferrersIndex(sbom));
  const signature = makeImage({ seed: 'warm signature' });
  const tag = `${digest.replace(':', '-')}.sig`;
  await pushBundle(origin, 'team/signed', tag, signature);
  const appliance = await open();
  const { exitCode } = await warm(appliance, 'quay.io/team/signed:v1\n');
  expect(exitCode).toBe(0);
  await faultProxy.pause();
  const found = await askManifest(appliance, `quay.io/team/signed:${tag}`);
  expect([found.status, found.digest]).toEqual([200, signature.top.digest]);
  await pullTargets(appliance, listTargets('quay.io', 'team/signed', tag, signature));
  await using client = createHttpClient({ url: appliance.url, ca: appliance.ca });
  const path = `/v2/quay.io/team/signed/manifests/${sbom.top.digest}`;
  expect((await client.request('GET', path)).status).toBe(200);
});

/** The fallback tag: an index of the referrers. */
function makeReferrersIndex({ top }: Bundle): Bundle {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = [describeContent(top)];
  const index = makeJsonContent(mediaType, { schemaVersion: 2, mediaType, manifests });
  return { top: index, manifests: [], blobs: [] };
}

test('a chart of a hauler manifest brings the images along that its files name', async () => {
  const template = 'spec: {containers: [\n  {\n  image: quay.io/coreos/etcd:v3.4.0\n}]}\n';
  const archive = makeTar([
    { path: 'app/Chart.yaml', content: Buffer.from('name: app\nappVersion: v3.5.0\n') },
    {
      path: 'app/values.yaml',
      content: Buffer.from(
        'image: {repository: quay.io/coreos/etcd}\nother: {image: "gcr.io/a/b:1"}\n',
      ),
    },
    { path: 'app/templates/app.yaml', content: Buffer.from(template) },
  ]);
  const layer = makeContent(
    'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    gzipSync(archive),
  );
  const config = makeJsonContent('application/vnd.cncf.helm.config.v1+json', { name: 'app' });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const top = makeJsonContent(mediaType, {
    schemaVersion: 2,
    mediaType,
    config: describeContent(config),
    layers: [describeContent(layer)],
  });
  const chart = { top, manifests: [top], blobs: [config, layer] };
  await pushBundle(origin, 'charts/app', '1.0.0_b1', chart);
  const appliance = await open();
  const list = `apiVersion: content.hauler.cattle.io/v1
kind: Charts
spec: {charts: [{name: app, repoURL: "oci://quay.io/charts", version: 1.0.0+b1}]}
`;
  const { images, stderr } = await warm(appliance, list, '--json');
  expect(images.map(({ image }) => image).sort()).toEqual([
    'quay.io/charts/app:1.0.0_b1',
    'quay.io/coreos/etcd:v3.4.0',
    'quay.io/coreos/etcd:v3.5.0',
  ]);
  expect(stderr).toContain('gcr.io/a/b:1 is not fetched: its registry is not served here');
});

test('warming that broke off fetches hardly a byte twice when it begins again', async () => {
  const appliance = await open();
  faultProxy.setRules({
    when: { kind: 'blob' },
    do: { bytesPerSecond: 6_000_000, share: 'all' },
  });
  const file = '/tmp/list';
  const line = `echo quay.io/team/large:v1 > ${file}; registry-cache warm ${file} & pid=$!; sleep 2; kill -TERM $pid; wait $pid; echo ended $?`;
  const broken = await appliance.exec(['sh', '-c', line]);
  expect(broken.stdout).toContain('ended 130');
  expect(broken.stderr).toContain('interrupted');
  const again = await warm(appliance, 'quay.io/team/large:v1\n', '--json');
  expect([again.exitCode, again.images.map(({ status }) => status)]).toEqual([0, ['fetched']]);
  const jobs = await appliance.exec(['registry-cache', 'jobs', '--json']);
  expect(JSON.parse(jobs.stdout)).toMatchObject({
    jobs: [{ state: 'done' }, { state: 'interrupted', goesOnBy: `registry-cache warm ${file}` }],
  });
  const sizeBytes = large.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  expect(faultProxy.bytes({ kind: 'blob' })).toBeLessThan(sizeBytes * 1.01);
  await faultProxy.pause();
  await pullTargets(appliance, listTargets('quay.io', 'team/large', 'v1', large));
  expect(layersOf(large)).toHaveLength(3);
});

test('a list that names a registry that is not served here is refused as a whole', async () => {
  const appliance = await open();
  const { exitCode, stderr } = await warm(
    appliance,
    'quay.io/coreos/etcd:v3.5.1\nother.test/a/b\n',
  );
  expect([exitCode, stderr]).toEqual([
    1,
    'registry-cache: line 2: found "other.test/a/b"; accepted: a registry that is served here: quay.io',
  ]);
  expect(faultProxy.count({ kind: ['manifest', 'blob', 'tags'] })).toBe(0);
});

test('the documented commands work', async () => {
  const appliance = await open();
  const list = join(folder.path, 'images.txt');
  await writeFile(list, 'quay.io/coreos/etcd:v3.5.0\n');
  for (const block of readShellBlocks('warm.md', 'Warm a list')) {
    const command = block
      .replaceAll('podman exec -i registry-cache ', `podman exec -i ${appliance.id} `)
      .replaceAll('images.txt', list);
    const { exitCode, stderr } = await runCommand('bash', ['-c', command]);
    expect([stderr, exitCode]).toEqual([expect.any(String), 0]);
  }
});
