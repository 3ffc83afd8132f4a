import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ANY_MANIFEST,
  type Appliance,
  type Bundle,
  createHttpClient,
  createPodmanClient,
  describeContent,
  type FaultProxy,
  layersOf,
  makeContent,
  makeIndex,
  makeJsonContent,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
} from '@registry-cache/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COSIGN_FORMS, type Cosign, type CosignForm, createCosign } from './cosign.ts';
import { type Sigstore, startSigstore } from './sigstore.ts';
import { openStage, pushImage, type Stage } from './stage.ts';

const FORMS = Object.keys(COSIGN_FORMS) as CosignForm[];

let stage: Stage;
let registry: RegistryProcess;
let proxy: FaultProxy;
let cosign: Cosign;
let stranger: Cosign;
let sigstore: Sigstore;
let appliance: Appliance;

beforeAll(async () => {
  stage = await openStage();
  registry = await stage.upstream();
  const { gateway } = stage.network;
  proxy = stage.use(await startFaultProxy({ upstream: registry.url, host: gateway }));
  cosign = stage.use(await createCosign());
  stranger = stage.use(await createCosign());
  sigstore = stage.use(await startSigstore());
  const keys = join(cosign.dir, 'trust');
  await mkdir(keys);
  await copyFile(join(cosign.dir, 'cosign.pub'), join(keys, 'cosign.pub'));
  await copyFile(join(stranger.dir, 'cosign.pub'), join(keys, 'stranger.pub'));
  await writeFile(join(keys, 'trusted_root.json'), sigstore.root);
  appliance = await stage.appliance(
    {},
    {
      pullSecret: { auths: { 'reg.test': {}, 'keyless.test': {} } },
      policyYaml: policy('cosign.pub'),
      extraMounts: [`${keys}:/trust:ro`],
    },
  );
});

afterAll(() => stage[Symbol.asyncDispose]());

const ISSUER = 'https://token.actions.githubusercontent.com';
const WORKFLOW = 'https://github.com/org/app/.github/workflows/release.yml@refs/tags/';

/** Each pull by tag asks the registry. */
function policy(key: string): string {
  const upstream = { url: proxy.url, tags: { enabled: false } };
  const keyless = { identity: `${WORKFLOW}*`, issuer: ISSUER, root: '/trust/trusted_root.json' };
  return JSON.stringify({
    upstreams: { 'reg.test': upstream, 'keyless.test': upstream },
    trust: [
      { images: ['reg.test/**'], anyOf: [{ key: `/trust/${key}` }] },
      { images: ['keyless.test/**'], anyOf: [keyless] },
    ],
  });
}

function ask(repository: string, rest: string, upstream = 'reg.test') {
  const client = appliance.client();
  const headers = { accept: ANY_MANIFEST };
  return client
    .get(`/v2/${upstream}/${repository}/${rest}`, { headers })
    .finally(() => client[Symbol.asyncDispose]());
}

async function expectDenied(repository: string, rest: string, reason: RegExp) {
  const response = await ask(repository, rest);
  expect([response.status, response.json()]).toEqual([
    403,
    { errors: [{ code: 'DENIED', message: expect.stringMatching(reason), detail: null }] },
  ]);
}

async function expectServed(repository: string, { top, blobs }: Bundle, tag = 'v1') {
  const manifest = await ask(repository, `manifests/${tag}`);
  expect([manifest.status, manifest.headers['docker-content-digest']]).toEqual([200, top.digest]);
  for (const { digest } of blobs) {
    expect((await ask(repository, `blobs/${digest}`)).status).toBe(200);
  }
}

const at = (repository: string, { top }: Bundle) =>
  `${registry.host}:${registry.port}/${repository}@${top.digest}`;

/** Gives the signatures of one digest to another one, as anybody who may push can. */
async function moveSignatures(repository: string, from: Bundle, to: Bundle) {
  await using client = createHttpClient({ url: registry.url });
  for (const end of ['.sig', '']) {
    const tag = ({ top }: Bundle) =>
      `/v2/${repository}/manifests/${top.digest.replace(':', '-')}${end}`;
    const found = await client.get(tag(from), { headers: { accept: ANY_MANIFEST } });
    if (found.status !== 200) continue;
    const headers = { 'content-type': String(found.headers['content-type']) };
    expect((await client.request('PUT', tag(to), { headers, body: found.body })).status).toBe(201);
  }
}

describe.each(FORMS)('by %s', (form) => {
  const folder = `form${FORMS.indexOf(form)}`;
  const isOld = COSIGN_FORMS[form].length > 0;

  it('a signed image is pulled by podman, and an unsigned one is not', async () => {
    const good = await pushImage(registry, `${folder}/good`, 'v1', { seed: `${form} good` });
    const bad = await pushImage(registry, `${folder}/bad`, 'v1', { seed: `${form} bad` });
    await cosign.sign(form, at(`${folder}/good`, good));
    await using podman = await createPodmanClient({ ca: appliance.ca });
    const reference = (name: string) => `${appliance.registry}/reg.test/${folder}/${name}:v1`;
    expect(await podman.pull(reference('good'))).toMatchObject({ exitCode: 0 });
    const refused = await podman.pull(reference('bad'));
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('it has no signature (trust rule 1)');
    for (const { digest } of layersOf(bad)) {
      await expectDenied(`${folder}/bad`, `blobs/${digest}`, /pull the image first/);
    }
    await expectDenied(`${folder}/bad`, `manifests/${bad.top.digest}`, /no signature/);
  });

  it('the signature of another key is refused', async () => {
    const image = await pushImage(registry, `${folder}/key`, 'v1', { seed: `${form} key` });
    await stranger.sign(form, at(`${folder}/key`, image));
    await expectDenied(`${folder}/key`, 'manifests/v1', /by another key/);
  });

  // A bundle names no repository.
  if (isOld)
    it('the signature of another repository is refused', async () => {
      const image = await pushImage(registry, `${folder}/copied`, 'v1', { seed: `${form} copied` });
      const identity = `--sign-container-identity=${registry.host}:${registry.port}/${folder}/original`;
      await cosign.sign(form, at(`${folder}/copied`, image), [identity]);
      await expectDenied(`${folder}/copied`, 'manifests/v1', /is for .*original.*, not for/);
    });

  it('a tag that moves to an unsigned image stays where it was, as STALE', async () => {
    const first = await pushImage(registry, `${folder}/moved`, 'v1', { seed: `${form} first` });
    await cosign.sign(form, at(`${folder}/moved`, first));
    await expectServed(`${folder}/moved`, first);
    const second = await pushImage(registry, `${folder}/moved`, 'v1', { seed: `${form} second` });
    const { status, headers } = await ask(`${folder}/moved`, 'manifests/v1');
    expect([status, headers['x-cache'], headers['docker-content-digest']]).toEqual([
      200,
      'STALE',
      first.top.digest,
    ]);
    await expectDenied(`${folder}/moved`, `manifests/${second.top.digest}`, /no signature/);
  });

  it('a signed index covers its children', async () => {
    const plan = { seed: `${form} index`, architectures: ['amd64', 'arm64'] };
    const index = makeIndex(plan);
    await pushBundle(registry, `${folder}/index`, 'v1', index);
    await cosign.sign(form, at(`${folder}/index`, index));
    await expectServed(`${folder}/index`, { ...index, blobs: [] });
    for (const { digest } of index.manifests) {
      expect((await ask(`${folder}/index`, `manifests/${digest}`)).status).toBe(200);
    }
    for (const { digest } of index.blobs) {
      expect((await ask(`${folder}/index`, `blobs/${digest}`)).status).toBe(200);
    }
  });

  it('the signature of another digest is refused', async () => {
    const one = await pushImage(registry, `${folder}/digest`, 'v1', { seed: `${form} one` });
    const two = await pushImage(registry, `${folder}/digest`, 'v2', { seed: `${form} two` });
    await cosign.sign(form, at(`${folder}/digest`, one));
    await moveSignatures(`${folder}/digest`, one, two);
    await expectDenied(`${folder}/digest`, 'manifests/v2', /for another digest/);
  });

  it('a signature that is removed later, or cannot be looked up any more, does no harm', async () => {
    const image = await pushImage(registry, `${folder}/later`, 'v1', { seed: `${form} later` });
    await cosign.sign(form, at(`${folder}/later`, image));
    await expectServed(`${folder}/later`, image);
    proxy.setRules({ when: { path: /sha256-|referrers/ }, do: { respond: { status: 404 } } });
    await expectServed(`${folder}/later`, image);
    proxy.setRules();
    await appliance.restart();
    await registry.stop();
    await expectServed(`${folder}/later`, image, image.top.digest);
    await registry.start();
  });

  it('new content waits while the signature cannot be looked up', async () => {
    const image = await pushImage(registry, `${folder}/down`, 'v1', { seed: `${form} down` });
    await cosign.sign(form, at(`${folder}/down`, image));
    proxy.setRules({ when: { path: /sha256-|referrers/ }, do: { respond: { status: 500 } } });
    const { status, headers } = await ask(`${folder}/down`, 'manifests/v1');
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    proxy.setRules();
    await expect.poll(async () => (await ask(`${folder}/down`, 'manifests/v1')).status).toBe(200);
    await expectServed(`${folder}/down`, image);
  });
});

it.each(FORMS)('without a key, %s counts by identity and issuer alone', async (form) => {
  const folder = `keyless${FORMS.indexOf(form)}`;
  const signers = {
    good: [`${WORKFLOW}v1`, ISSUER],
    workflow: [`${WORKFLOW.replace('release', 'evil')}v1`, ISSUER],
    issuer: [`${WORKFLOW}v1`, 'https://issuer.test'],
  } as const;
  for (const [name, [identity, issuer]] of Object.entries(signers)) {
    const image = await pushImage(registry, `${folder}/${name}`, 'v1', { seed: `${form} ${name}` });
    await sigstore.signAs(form, at(`${folder}/${name}`, image), identity, issuer);
  }
  const askV1 = (name: string) => ask(`${folder}/${name}`, 'manifests/v1', 'keyless.test');
  expect((await askV1('good')).status).toBe(200);
  for (const name of ['workflow', 'issuer']) {
    const refused = await askV1(name);
    expect([refused.status, refused.body.toString()]).toEqual([
      403,
      expect.stringMatching(/its signature is by .*trust rule 2/),
    ]);
  }
});

it('a garbage bundle is refused', async () => {
  const image = await pushImage(registry, 'garbage', 'v1', { seed: 'garbage' });
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';
  const blob = makeContent(type, Buffer.from('{"mediaType": 7, "dsseEnvelope": [[]]}'));
  const config = makeJsonContent('application/vnd.oci.empty.v1+json', {});
  const manifest = makeJsonContent('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: type,
    config: describeContent(config),
    layers: [describeContent(blob)],
    subject: describeContent(image.top),
  });
  const list = makeJsonContent('application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...describeContent(manifest), artifactType: type }],
  });
  const manifests = [manifest, list];
  const tag = image.top.digest.replace(':', '-');
  await pushBundle(registry, 'garbage', tag, { top: list, manifests, blobs: [config, blob] });
  await expectDenied('garbage', 'manifests/v1', /bundle is not a Sigstore bundle/);
});

it('another key in the policy file counts at once, and a missing one changes nothing', async () => {
  const image = await pushImage(registry, 'reload', 'v1', { seed: 'reload' });
  await cosign.sign('a bundle as a referrer', at('reload', image));
  await expectServed('reload', image);
  await appliance.writePolicy(policy('nobody.pub'));
  await expect
    .poll(() => appliance.logs(), { timeout: 30_000 })
    .toMatch(/\/trust\/nobody\.pub.*no such file/);
  await expectServed('reload', image);
  await appliance.writePolicy(policy('stranger.pub'));
  await expect
    .poll(async () => (await ask('reload', 'manifests/v1')).status, { timeout: 30_000 })
    .toBe(403);
  for (const { digest } of layersOf(image)) {
    await expectDenied('reload', `blobs/${digest}`, /by another key/);
  }
  await appliance.writePolicy(policy('cosign.pub'));
  await expect
    .poll(async () => (await ask('reload', 'manifests/v1')).status, { timeout: 30_000 })
    .toBe(200);
});
