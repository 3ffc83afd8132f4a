import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ResolvedReference } from '@registry-cache/config/references';
import {
  blobFile,
  type ExplainFacts,
  layerLinkDir,
  OCI_INDEX,
  OCI_MANIFEST,
  type PullForecast,
  RECHECK_WISH_MS,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
  tagPinFile,
} from '@registry-cache/domain';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { explainReference } from './explain-reference.ts';

const FACTS: ExplainFacts = { hasLogins: false, htpasswdFile: '/auth/htpasswd', enforced: [] };
const UPSTREAM = { id: 'quay.io_1', key: 'quay.io', host: 'quay.io', prefixes: ['quay.io'] };
const USED = '2026-11-30T10:00:00.000Z';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'registry-cache-explain-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function addBlob(content: string | object): { digest: string; size: number } {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  write(blobFile(root, digest), text);
  utimesSync(blobFile(root, digest), new Date(USED), new Date(USED));
  return { digest, size: text.length };
}

const directory = () => repositoryDir(root, UPSTREAM.id, 'team/app');
const linkLayer = (digest: string) =>
  write(join(layerLinkDir(directory(), digest), 'link'), digest);
const linkManifest = (digest: string) =>
  write(join(revisionLinkDir(directory(), digest), 'link'), digest);

/** An index with one manifest that is here and one that is not. */
function addImage() {
  const config = addBlob({ os: 'linux', architecture: 'amd64' });
  const [linked, foreign] = [addBlob('layer'), addBlob('layer of others')];
  const gone = { digest: `sha256:${'0'.repeat(64)}`, size: 9 };
  const layers = [linked, foreign, gone].map((layer) => ({ ...layer, mediaType: 'layer' }));
  const manifest = addBlob({
    ...{ schemaVersion: 2, mediaType: OCI_MANIFEST, layers },
    config: { ...config, mediaType: 'config' },
  });
  const missing = `sha256:${'1'.repeat(64)}`;
  const index = addBlob({
    ...{ schemaVersion: 2, mediaType: OCI_INDEX },
    manifests: [
      { ...manifest, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: missing, size: 1, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    ],
  });
  for (const { digest } of [config, linked]) linkLayer(digest);
  for (const { digest } of [manifest, index]) linkManifest(digest);
  write(tagCurrentLink(directory(), 'v1'), index.digest);
  return { config, linked, foreign, gone, manifest, index, missing };
}

function explain(
  reference: string,
  resolved: Partial<ResolvedReference> = {},
  forecast?: PullForecast,
) {
  const place = { registry: 'quay.io', repository: 'team/app', reference };
  const flags = { upstream: UPSTREAM, isHosted: false, isOnDemand: false };
  return explainReference(
    {
      ...{ facts: FACTS, names: { upstreams: [UPSTREAM] }, storeRoot: root },
      catalogOf: () => ({ tagsLeadingTo: async () => [] }),
      forecast: async () => forecast,
    },
    {
      ...{ text: 'quay.io/team/app', user: '', groups: [], address: '' },
      resolved: { ...place, ...flags, ...resolved },
    },
  );
}

describe('an image', () => {
  it('is told with its platforms and with what is here of each layer', async () => {
    const { config, linked, foreign, gone, manifest, index, missing } = addImage();
    const found = await explain('v1');
    expect(found).toMatchObject({ upstream: 'quay.io', repository: 'team/app', pinned: false });
    expect(found.tag).toEqual({
      ...{ digest: index.digest, code: 'unknown' },
      next: 'not known, since egress does not answer',
    });
    const state = (digest: string, here: boolean, isLinked: boolean) =>
      expect.objectContaining({ digest, here, linked: isLinked });
    expect(found.manifest).toMatchObject({
      ...{ digest: index.digest, mediaType: OCI_INDEX, here: true, lastAccess: USED },
      platforms: [
        {
          ...{ platform: 'linux/amd64', digest: manifest.digest, here: true },
          layers: [
            state(config.digest, true, true),
            state(linked.digest, true, true),
            state(foreign.digest, true, false),
            state(gone.digest, false, false),
          ],
        },
        { platform: 'linux/arm64/v8', digest: missing, here: false, layers: [] },
      ],
    });
  });

  it('is told with its referrers and its pin', async () => {
    const { index } = addImage();
    const referrer = addBlob({ subject: { digest: index.digest }, artifactType: 'sbom' });
    const signature = addBlob({ config: { mediaType: 'signature', digest: '', size: 0 } });
    for (const { digest } of [referrer, signature]) linkManifest(digest);
    write(tagCurrentLink(directory(), `${index.digest.replace(':', '-')}.sig`), signature.digest);
    const pin = { digest: index.digest, why: 'pin', by: 'ann', since: USED };
    write(tagPinFile(root, UPSTREAM.id, 'team/app', 'v1'), JSON.stringify(pin));
    const found = await explain('v1');
    expect(found.pinned).toBe(true);
    expect(found.referrers).toEqual([
      {
        ...{ digest: signature.digest, artifactType: 'cosign .sig' },
        ...{ bytes: signature.size, here: true },
      },
      { digest: referrer.digest, artifactType: 'sbom', bytes: referrer.size, here: true },
    ]);
  });

  it('that is not here has no manifest, and a digest has what its next pull does', async () => {
    expect(await explain('v2')).not.toHaveProperty('manifest');
    const { index } = addImage();
    const found = await explain(index.digest);
    expect(found).not.toHaveProperty('tag');
    expect(found.manifest?.next).toBe('not known, since egress does not answer');
  });

  it('of a registry that is not served has rights alone', async () => {
    const found = await explain('v1', { upstream: undefined });
    expect(found).toMatchObject({ served: 'no', referrers: [] });
    expect(found).not.toHaveProperty('tag');
  });
});

it('ends for an index that names itself, and for content that is no manifest', async () => {
  const { linked } = addImage();
  write(tagCurrentLink(directory(), 'layer'), linked.digest);
  linkManifest(linked.digest);
  expect((await explain('layer')).manifest).toMatchObject({ mediaType: '', platforms: [{}] });
});

it('tells no time of a tag that an operator wants checked', async () => {
  const next = { code: 'checked', text: 'quay.io is asked' } as const;
  const digest = `sha256:${'a'.repeat(64)}`;
  const memory = { digest, checkedMs: RECHECK_WISH_MS, freshUntilMs: RECHECK_WISH_MS + 1 };
  const found = await explain('v1', {}, { next, tag: memory, checks: [] });
  expect(found.tag).toEqual({ digest, code: 'checked', next: 'quay.io is asked' });
});
