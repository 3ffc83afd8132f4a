import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  blobFile,
  HOSTED_ID,
  hostedDir,
  RECHECK_WISH_MS,
  repositoryDir,
  revisionLinkDir,
  tagCurrentLink,
  tagPinFile,
} from '@registry-cache/domain';
import { History } from '@registry-cache/history';
import { HeldReader } from '@registry-cache/pins';
import { createLogger } from '@registry-cache/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { Commands } from '../../commands/commands.ts';
import { ImageWalk } from '../../images/image-walk.ts';
import { LOCAL_OPERATOR } from '../../logins/operator.ts';
import { FollowedAudit } from '../../sources/followed-audit.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { answerLs } from './answer-ls.ts';

const UPSTREAMS = [{ id: 'quay.io_id', name: 'quay.io/team' }];
const log = createLogger('admin', 'fatal', 'json');

function open(): { root: string; deps: AnswerDeps } {
  const root = mkdtempSync(join(tmpdir(), 'registry-cache-ls-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }), 120_000);
  const accessLog = join(root, 'access.log');
  const nameOf = (id: string) => UPSTREAMS.find((one) => one.id === id)?.name;
  // A history that has no room for 1000 images.
  const place = { storeRoot: root, accessLog, maxBytes: 256 * 1024 };
  const history = new History({ ...place, nameOf, nowMs: Date.now, log });
  onTestFinished(() => history.close());
  const walk = { storeRoot: root, upstreams: () => UPSTREAMS, history, nowMs: Date.now, log };
  const options = { storeRoot: root } as AnswerDeps['options'];
  const images = new ImageWalk(walk);
  return {
    root,
    deps: {
      ...{ options, history, images, nameOf, version: '1', nowMs: Date.now, log },
      held: new HeldReader(root),
      commands: new Commands([]),
      auditLog: new FollowedAudit('no file'),
      audit: { record: () => {} },
      operator: LOCAL_OPERATOR,
      exchange: {} as AnswerDeps['exchange'],
    },
  };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function addBlob(root: string, text: string): { digest: string; size: number } {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  write(blobFile(root, digest), text);
  return { digest, size: text.length };
}

function addTag(root: string, id: string, repository: string, tag: string, layers: object[]) {
  const config = addBlob(root, JSON.stringify({ os: 'linux', architecture: 'amd64', tag }));
  const { digest } = addBlob(root, JSON.stringify({ config, layers, tag }));
  const directory = repositoryDir(root, id, repository);
  write(join(revisionLinkDir(directory, digest), 'link'), digest);
  write(tagCurrentLink(directory, tag), digest);
  return digest;
}

it('lists images by their names, with pulls, pins and pushed ones', async () => {
  const { root, deps } = open();
  const layer = addBlob(root, 'x'.repeat(1000));
  const digest = addTag(root, 'quay.io_id', 'team/app', 'v1', [layer]);
  addTag(root, 'quay.io_id', 'team/other', 'v[1]'.replace(/[[\]]/g, '_'), [layer]);
  addTag(hostedDir(root), HOSTED_ID, 'apps/team/mine', 'v1', []);
  const pin = { upstreamId: 'quay.io_id', repository: 'team/app', tag: 'v1', digest };
  write(
    tagPinFile(root, 'quay.io_id', 'team/app', 'v1'),
    JSON.stringify({ ...pin, why: 'pin', by: 'operator', since: '2026-11-30T10:00:00.000Z' }),
  );
  appendFileSync(
    join(root, 'access.log'),
    `${JSON.stringify({
      ...{ time: '2026-11-30T10:00:00.000Z', method: 'GET', status: 200, cache: 'HIT' },
      ...{ upstream: 'quay.io_id', repository: 'team/app', kind: 'manifest', reference: 'v1' },
    })}\n`,
  );
  const other = repositoryDir(root, 'quay.io_id', 'team/other');
  utimesSync(tagCurrentLink(other, 'v_1_'), 1, RECHECK_WISH_MS / 1000);
  const { walked, total, images } = await answerLs({ pattern: '', limit: 9 }, deps);
  expect(walked).toBeDefined();
  expect([total, images.map(({ image }) => image)]).toEqual([
    3,
    ['apps/team/mine:v1', 'quay.io/team/app:v1', 'quay.io/team/other:v_1_'],
  ]);
  expect(images[1]).toMatchObject({
    ...{ digest, platforms: ['linux/amd64'], sharedBytes: 1000, pinned: true },
    pulled: '2026-11-30T10:00:00.000Z',
  });
  expect(images.map(({ checked }) => checked !== undefined)).toEqual([false, true, false]);
  const names = async (pattern: string) =>
    (await answerLs({ pattern, limit: 9 }, deps)).images.map(({ image }) => image);
  expect(await names('other')).toEqual(['quay.io/team/other:v_1_']);
  expect(await names('*:v1')).toHaveLength(2);
  expect(await names('[a-z]')).toEqual([]);
  expect((await answerLs({ pattern: '', limit: 1 }, deps)).images).toHaveLength(1);
});

it('goes on behind a name, or from any place, in the order that is asked for', async () => {
  const { root, deps } = open();
  for (const [index, tag] of ['a', 'b', 'c', 'd'].entries()) {
    addTag(root, 'quay.io_id', 'app', tag, [addBlob(root, tag.repeat((index % 3) * 1000 + 1))]);
  }
  const list = async (question: object) => {
    const { total, images } = await answerLs({ pattern: 'app', limit: 2, ...question }, deps);
    return [total, images.map(({ image }) => image.slice(-1)).join('')];
  };
  expect(await list({})).toEqual([4, 'ab']);
  const { images } = await answerLs({ pattern: 'app', limit: 2 }, deps);
  expect(await list({ after: images[1]?.image })).toEqual([4, 'cd']);
  expect(await list({ skip: 1 })).toEqual([4, 'bc']);
  expect(await list({ skip: 4 })).toEqual([4, '']);
  expect(await list({ sort: 'size' })).toEqual([4, 'cb']);
  expect(await list({ sort: 'size', skip: 2 })).toEqual([4, 'ad']);
});

// `scripts/bench` asks a store of 100,000 blobs.
it('answers from memory on a store of 10,000 blobs', { timeout: 120_000 }, async () => {
  const { root, deps } = open();
  for (let image = 0; image < 1000; image += 1) {
    const layers = Array.from({ length: 8 }, (_, layer) => addBlob(root, `${image} ${layer}`));
    addTag(root, 'quay.io_id', `team/app${image % 100}`, `v${image}`, layers);
  }
  await deps.images.refresh(250_000);
  // The answer reads nothing of the store.
  renameSync(join(root, 'blobs'), join(root, 'blobs.away'));
  renameSync(join(root, 'registries'), join(root, 'registries.away'));
  const { total, images } = await answerLs({ pattern: '*app7:*', limit: 1000 }, deps);
  expect([total, images.length]).toEqual([10, 10]);
});
