import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AccessRecord, type CacheEvent, eventsFile } from '@registry-cache/domain';
import { onTestFinished } from 'vitest';
import type { ContentSizes, WalkedImage } from '../answers/images.ts';
import { History } from '../history.ts';

export const NOW_MS = Date.parse('2026-11-30T10:30:00.000Z');
const UPSTREAMS = new Map([
  ['quay.io', 'quay.io'],
  ['docker.io', 'docker.io'],
]);

/** Logs in a folder of their own, and histories that follow them. */
export class TestLogs {
  readonly root = mkdtempSync(join(tmpdir(), 'registry-cache-history-'));
  readonly accessLog = join(this.root, 'access.log');
  readonly warnings: unknown[] = [];

  constructor() {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
  }

  /** A history as after a start of the worker. */
  open(maxBytes = 16 * 1024 * 1024, nowMs = NOW_MS): History {
    const history = new History({
      storeRoot: this.root,
      accessLog: this.accessLog,
      maxBytes,
      nameOf: (id) => UPSTREAMS.get(id),
      nowMs: () => nowMs,
      log: { warn: (...args: unknown[]) => void this.warnings.push(args) } as never,
    });
    onTestFinished(() => history.close());
    return history;
  }

  answer(...records: readonly Partial<AccessRecord>[]): void {
    const lines = records.map((record) => `${JSON.stringify({ ...PULL, ...record })}\n`);
    appendFileSync(this.accessLog, lines.join(''));
  }

  event(worker: 'egress' | 'cleaner' | 'prune', ...events: readonly CacheEvent[]): void {
    const file = eventsFile(this.root, worker);
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
}

/** An image with sizes of its own. */
export type SizedImage = Omit<WalkedImage, 'content'> & Omit<ContentSizes, 'content'>;

/** Lists images, as a walk over the store does. */
export async function listImages(
  history: Pick<History, 'openListing'>,
  images: readonly SizedImage[],
  walkedMs: number,
): Promise<void> {
  using listing = await history.openListing();
  for (const [content, image] of images.entries()) await listing.add({ ...image, content });
  const sizes = images.map(({ ownBytes, sharedBytes }, content) => {
    return { content, ownBytes, sharedBytes };
  });
  await listing.end(sizes, walkedMs);
}

const PULL: Partial<AccessRecord> = {
  time: '2026-11-30T10:00:00.000Z',
  ...{ client: '192.0.2.1', user: '', method: 'GET', upstream: 'quay.io', status: 200 },
  ...{ repository: 'team/app', kind: 'manifest', reference: 'v1', cache: 'HIT', audit: '' },
  ...{ bytes: 100, ms: 2 },
};
