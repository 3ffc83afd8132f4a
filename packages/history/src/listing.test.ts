import { writeFileSync } from 'node:fs';
import { imagesFile } from '@registry-cache/domain';
import { expect, it } from 'vitest';
import { askImages, readWalk, type WalkedImage, writeImages } from './answers/images.ts';
import { askPulls } from './answers/pulls.ts';
import { openDatabase } from './database/open-database.ts';
import type { History } from './history.ts';
import { NOW_MS, TestLogs } from './testing/open-history.ts';

const IMAGE = { upstream: 'quay.io', repository: 'team/app' };

function makeImages(count: number, prefix = 'v'): WalkedImage[] {
  return Array.from({ length: count }, (_, index): WalkedImage => {
    const tag = `${prefix}${index}`;
    const digest = `sha256:${String(index).padStart(64, '0')}`;
    const content = { digest, platforms: ['linux/amd64'], ownBytes: 1, sharedBytes: 0 };
    return { ...IMAGE, name: `quay.io/team/app:${tag}`, tag, ...content, checkedMs: null };
  });
}

const countImages = async (history: History) => {
  const none = { total: -1, images: [] };
  const wanted = { pattern: '', limit: 1 };
  return (await history.ask((database) => askImages(database, wanted), none)).total;
};

const countPulls = async (history: History) => {
  const pulls = await history.ask((database) => askPulls(database, IMAGE, 100_000), []);
  return pulls.length;
};

/** A history that is more than half full, so that any more room would push rows out. */
function openHalfFull(logs: TestLogs): { readonly history: History; readonly pulls: number } {
  const pulls = 2000;
  const references = Array.from({ length: pulls }, (_, index) => `${index}-${'x'.repeat(60)}`);
  logs.answer(...references.map((reference) => ({ reference })));
  return { history: logs.open(640 * 1024), pulls };
}

it('lists more images than the history has room for, and keeps the history', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  for (let walk = 1; walk <= 3; walk += 1) await history.list(makeImages(5000), NOW_MS + walk);
  expect(await countImages(history)).toBe(5000);
  expect(await countPulls(history)).toBe(pulls);
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS + 3, unlisted: 0 });
  // The listing outlives a restart.
  expect(await countImages(logs.open())).toBe(5000);
  expect(logs.warnings).toEqual([]);
});

it('stays as it was where the disk is full, and so does the history', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await history.list(makeImages(20), NOW_MS);
  await history.ask((database) => database.exec('PRAGMA listing.max_page_count = 20'), undefined);
  await expect(history.list(makeImages(5000), NOW_MS + 1)).rejects.toThrow('full');
  expect(await countImages(history)).toBe(20);
  expect(await history.ask(readWalk, undefined)).toEqual({ atMs: NOW_MS, unlisted: 0 });
  expect(await countPulls(history)).toBe(pulls);
});

it('counts images that are too many', () => {
  const database = openDatabase(new TestLogs().root, 1_000_000);
  const images = makeImages(100);
  writeImages(database, images, NOW_MS, 5000);
  const { total } = askImages(database, { pattern: '', limit: 1 });
  expect(total).toBeGreaterThan(20);
  expect(readWalk(database)).toEqual({ atMs: NOW_MS, unlisted: 100 - total });
  writeImages(database, images, NOW_MS);
  expect(readWalk(database)?.unlisted).toBe(0);
  database.close();
});

it.each([
  ['open', async () => undefined],
  ['closed', (history: History) => history.close()],
])('a listing that is damaged while it is %s costs no history', async (_, before) => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await history.list(makeImages(20), NOW_MS);
  logs.answer({ reference: 'last' });
  await history.catchUp();
  await before(history);
  // What the history has counted is no longer in a log.
  writeFileSync(logs.accessLog, '');
  writeFileSync(imagesFile(logs.root), 'x'.repeat(10_000));
  await expect.poll(() => countImages(history)).toBe(0);
  expect(await countPulls(history)).toBe(pulls + 1);
  await history.list(makeImages(20, 'w'), NOW_MS);
  expect(await countImages(history)).toBe(20);
});

it('makes a listing anew that has lost a table, and keeps the history', async () => {
  const logs = new TestLogs();
  const { history, pulls } = openHalfFull(logs);
  await history.list(makeImages(20), NOW_MS);
  await history.ask((database) => database.exec('DROP TABLE listing.walk'), undefined);
  await expect.poll(() => countImages(logs.open())).toBe(0);
  expect(await countPulls(logs.open())).toBe(pulls);
});
