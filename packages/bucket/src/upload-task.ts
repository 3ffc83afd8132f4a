import { createHash } from 'node:crypto';
import { isDigest } from '@registry-cache/domain';
import { type BucketPlace, layerKey, referrersKey, revisionKey, tagKey } from './keys.ts';

/** Something that the bucket is to get. */
export type UploadTask = BucketPlace &
  (
    | { readonly kind: 'layer' | 'revision'; readonly digest: string }
    /** Without a record the tag is gone, and the bucket forgets it too. */
    | {
        readonly kind: 'tag';
        readonly tag: string;
        readonly record?: { readonly digest: string; readonly confirmedAtMs: number } | undefined;
      }
    | { readonly kind: 'referrers'; readonly subject: string; readonly list: string }
  );

/** The object that makes the content of the task usable. */
export function taskKey(task: UploadTask): string {
  switch (task.kind) {
    case 'layer':
      return layerKey(task, task.digest);
    case 'revision':
      return revisionKey(task, task.digest);
    case 'tag':
      return tagKey(task, task.tag);
    case 'referrers':
      return referrersKey(task, task.subject);
  }
}

/** A name for the task's file. Tasks for one object have the same. */
export function taskId(task: UploadTask): string {
  return createHash('sha256').update(taskKey(task)).digest('hex');
}

/** @returns undefined for any other text. */
export function parseTask(text: string): UploadTask | undefined {
  try {
    const task = Object(JSON.parse(text)) as Record<string, unknown>;
    const { kind, upstreamId, repository, digest, tag, subject, list, record } = task;
    if (typeof upstreamId !== 'string' || typeof repository !== 'string') return undefined;
    const place = { upstreamId, repository };
    if ((kind === 'layer' || kind === 'revision') && isTextDigest(digest)) {
      return { ...place, kind, digest };
    }
    if (kind === 'tag' && typeof tag === 'string') {
      if (record === undefined) return { ...place, kind, tag };
      const { digest: named, confirmedAtMs } = Object(record) as Record<string, unknown>;
      if (!isTextDigest(named) || typeof confirmedAtMs !== 'number') return undefined;
      return { ...place, kind, tag, record: { digest: named, confirmedAtMs } };
    }
    if (kind === 'referrers' && isTextDigest(subject) && typeof list === 'string') {
      return { ...place, kind, subject, list };
    }
    return undefined;
  } catch {
    return undefined;
  }
}

function isTextDigest(value: unknown): value is string {
  return typeof value === 'string' && isDigest(value);
}
