import { join } from 'node:path';
import {
  ANY_MANIFEST,
  type Bundle,
  createDockerMachineClient,
  digestOf,
  layersOf,
  runOrThrow,
  startContainerd,
  startDocker,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeCache } from './clients/client-stage.ts';
import { openWayOut } from './clients/proxy-set-up.ts';
import { setUpByCache } from './clients/set-up.ts';
import { trustInSystem } from './clients/trust.ts';
import { COSIGN } from './cosign.ts';
import { expectDone, type FarNode } from './far-node.ts';
import {
  CACHE,
  CHART,
  command,
  digestsOf,
  type FarSide,
  openFarSide,
  SIGNED,
} from './far-stage.ts';
import { HELM } from './helm.ts';
import { readHealth } from './inside.ts';
import { applyMirrorSets } from './openshift-node.ts';

let side: FarSide;

beforeAll(async () => {
  side = await openFarSide();
});

afterAll(() => side?.[Symbol.asyncDispose]());

test('the far cache has no route, and offers what the disk has brought', async () => {
  const pid = String(await side.far.pid());
  const routes = await runOrThrow('nsenter', [`--target=${pid}`, '--net', 'ip', 'route']);
  expect(routes).not.toContain('default');
  await using client = side.far.client();
  const { repositories } = (await client.get('/v2/_catalog')).json() as { repositories: string[] };
  expect(repositories).toEqual(
    expect.arrayContaining(['quay.io/team/app', 'quay.io/charts/hello']),
  );
});

describe('a request over HTTPS', () => {
  interface Form {
    readonly path: (rest: string) => string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  const QUAY: Readonly<Record<string, Form>> = {
    'the registry in the path': { path: (rest) => `/v2/quay.io/${rest}` },
    'the registry in ?ns=': { path: (rest) => `/v2/${rest}?ns=quay.io` },
    'the registry in the host name': {
      path: (rest) => `/v2/${rest}`,
      headers: { host: 'quay-io.cache.test' },
    },
  };
  const HUB: Readonly<Record<string, Form>> = {
    'no registry, as of docker to its mirror': { path: (rest) => `/v2/${rest}` },
    "Docker Hub's own name": { path: (rest) => `/v2/docker.io/${rest}` },
  };

  async function expectServed(
    { path, headers = {} }: Form,
    repository: string,
    tag: string,
    image: Bundle,
  ) {
    await using client = side.far.client();
    const ask = (rest: string) =>
      client.get(path(`${repository}/${rest}`), { headers: { accept: ANY_MANIFEST, ...headers } });
    const { top, manifests, blobs } = image;
    const wanted = [
      [`manifests/${tag}`, top.digest],
      ...manifests.map(({ digest }) => [`manifests/${digest}`, digest]),
      ...blobs.map(({ digest }) => [`blobs/${digest}`, digest]),
    ] as const;
    for (const [rest = '', digest] of wanted) {
      const { status, body } = await ask(rest);
      expect([rest, status, digestOf(body)]).toEqual([rest, 200, digest]);
    }
    return await ask(`referrers/${top.digest}`);
  }

  test.each(Object.entries(QUAY))(
    'with %s gets every platform, and its referrers',
    async (_, form) => {
      const listed = await expectServed(form, 'team/app', 'v1', side.app);
      expect([listed.status, digestsOf(listed.json())]).toEqual([200, side.referrers]);
      for (const [repository, image] of side.signed)
        await expectServed(form, repository, 'v1', image);
    },
  );

  test.each(Object.entries(HUB))('with %s gets an image of Docker Hub', async (_, form) => {
    await expectServed(form, 'library/alpine', '3', side.alpine);
  });
});

describe('a node', () => {
  const NAMES = [
    'quay.io/team/app:v1',
    'docker.io/library/alpine:3',
    `${CACHE}/quay.io/team/app:v1`,
  ];

  /** `podman pull` of each platform. */
  async function pullByPodman({ run }: FarNode): Promise<void> {
    for (const name of NAMES) {
      for (const platform of ['linux/amd64', 'linux/arm64']) {
        await run('podman', 'pull', '--quiet', '--platform', platform, name);
        await run('podman', 'rmi', '--all', '--force');
      }
    }
  }

  test.each(['bookworm', 'trixie'] as const)('of %s pulls by podman', async (suite) => {
    await using node = await side.node(suite);
    await setUpByCache(node.machine, await describeCache(side.far), 'podman');
    await pullByPodman(node);
  });

  test('of OpenShift pulls by CRI-O’s library, with the mirror sets', async () => {
    await using node = await side.node('trixie');
    const yaml = await command(side.far, 'client', 'openshift', '--address', CACHE);
    await applyMirrorSets(node, yaml);
    await pullByPodman(node);
  });

  test.each(['containerd', 'containerd-default'] as const)(
    'pulls by containerd, set up by the files of %s',
    async (client) => {
      await using node = await side.node('sid');
      await setUpByCache(node.machine, await describeCache(side.far), client);
      await startContainerd(node.machine);
      for (const name of NAMES) {
        for (const platform of ['linux/amd64', 'linux/arm64']) {
          const options = ['--hosts-dir=/etc/containerd/certs.d', `--platform=${platform}`];
          await node.run('ctr', 'images', 'pull', ...options, name);
          await node.run('ctr', 'images', 'remove', '--sync', name);
        }
      }
    },
  );

  test.each(['bookworm', 'sid'] as const)(
    'of %s pulls by docker, by the cache’s name and through its mirror',
    async (suite) => {
      await using node = await side.node(suite);
      await setUpByCache(node.machine, await describeCache(side.far), 'docker');
      await startDocker(node.machine);
      const docker = createDockerMachineClient(node.machine);
      for (const name of ['alpine:3', `${CACHE}/quay.io/team/app:v1`]) {
        expectDone(['docker', 'pull', name], await docker.pull(name));
      }
    },
  );

  test('pulls by HTTPS_PROXY, under the original names', async () => {
    await using node = await side.node('trixie');
    const { env } = await openWayOut(node.machine);
    for (const name of ['quay.io/team/app:v1', 'docker.io/library/alpine:3']) {
      const args = ['copy', '--all', `docker://${name}`, 'dir:/tmp/copied'];
      expectDone(['skopeo', ...args], await node.machine.run('skopeo', args, { env }));
    }
  });
});

describe('on a machine of an operator', () => {
  let node: FarNode;

  beforeAll(async () => {
    node = await side.node('trixie');
    await trustInSystem(node.machine, await describeCache(side.far));
    for (const program of [COSIGN, HELM]) await node.bring(program);
    await node.bring(join(side.cosign.dir, 'cosign.pub'));
  });

  afterAll(() => node?.[Symbol.asyncDispose]());

  const KEY = ['--key=/usr/local/bin/cosign.pub', '--insecure-ignore-tlog=true'];

  test.each(SIGNED)('cosign verifies $form, and the attestation', async ({ form, repository }) => {
    // cosign looks there only if it is told to.
    const more = form === 'a signature as a referrer' ? ['--experimental-oci11'] : [];
    for (const registry of [`${CACHE}/quay.io`, 'quay-io.cache.test:8443']) {
      const image = `${registry}/${repository}:v1`;
      const digest = side.signed.get(repository)?.top.digest ?? '';
      expect(await node.run('cosign', 'verify', ...KEY, ...more, image)).toContain(digest);
      const attested = await node.run(
        'cosign',
        'verify-attestation',
        ...KEY,
        '--type=custom',
        image,
      );
      expect(attested).toContain('payload');
    }
  });

  test('cosign finds no signature where there is none', async () => {
    const args = ['verify', ...KEY, `${CACHE}/quay.io/team/app:v1`];
    const { exitCode, stderr } = await node.machine.run('cosign', args);
    expect([exitCode, stderr]).toEqual([
      expect.any(Number),
      expect.stringMatching(/no signatures/i),
    ]);
    expect(exitCode).not.toBe(0);
  });

  test('helm pulls and renders a chart', async () => {
    for (const registry of [`${CACHE}/quay.io`, 'quay-io.cache.test:8443']) {
      const chart = `oci://${registry}/charts/${CHART.name}`;
      await node.run('helm', 'pull', chart, '--version', CHART.version, '--destination', '/tmp');
      const rendered = await node.run(
        'helm',
        'template',
        'mine',
        `/tmp/hello-${CHART.version}.tgz`,
      );
      expect(rendered).toContain('name: mine');
      await node.run('rm', `/tmp/hello-${CHART.version}.tgz`);
    }
  });

  test('oras discovers what refers to an image', async () => {
    const discovered = await node.run(
      'oras',
      'discover',
      '--format=json',
      `${CACHE}/quay.io/team/app:v1`,
    );
    for (const digest of side.referrers) expect(discovered).toContain(digest);
    for (const { repository } of SIGNED.slice(1)) {
      const found = await node.run(
        'oras',
        'discover',
        '--format=json',
        `${CACHE}/quay.io/${repository}:v1`,
      );
      expect(found).toMatch(/sigstore|cosign/);
    }
    const copy = [
      'copy',
      '--recursive',
      `${CACHE}/quay.io/team/app:v1`,
      '--to-oci-layout',
      '/tmp/copy:v1',
    ];
    await node.run('oras', ...copy);
  });
});

test('nobody on the far side has asked a registry', async () => {
  expect(side.trap.connections()).toBe(0);
  const metrics = await readHealth(side.far, '/metrics');
  const fetched =
    /^registry_cache_egress_(fetches|fetched_bytes|token_fetches)_total\{.*\} [^0].*$/gm;
  expect(metrics.match(fetched) ?? []).toEqual([]);
  const sent = (await side.far.accessLog()).filter(
    ({ kind, status }) => kind === 'blob' && status === 200,
  );
  const layers = layersOf(side.app).map(({ digest }) => digest);
  expect(sent.filter(({ digest }) => layers.includes(digest ?? '')).length).toBeGreaterThan(0);
  expect(sent.filter(({ cache }) => cache !== 'HIT')).toEqual([]);
});
