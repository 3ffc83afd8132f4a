import {
  type CacheEvent,
  EVICTION_REASONS,
  FETCH_SOURCES,
  MISS_REASONS,
} from '@registry-cache/domain';
import { decodeLine } from '@registry-cache/follow';
// The small build of zod: the large one takes several MB of memory.
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(1000));
const count = z.number().check(z.nonnegative());
const time = z.iso.datetime();
const reason = z.enum(EVICTION_REASONS);

const EVENT = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('fetch'),
    ...{ time, ms: count, firstByteMs: z.optional(count), upstream: text, repository: text },
    ...{ digest: text, bytes: count, outcome: z.enum(['stored', 'not-stored', 'failed']) },
    ...{
      from: text,
      source: z.optional(z.enum(FETCH_SOURCES)),
      readers: count,
      error: z.optional(text),
    },
  }),
  z.object({
    event: z.literal('miss'),
    ...{ upstream: z.optional(text), repository: z.optional(text), reference: z.optional(text) },
    ...{ time, id: text, why: z.enum(MISS_REASONS), error: z.optional(text) },
  }),
  z.object({
    event: z.literal('upstream'),
    ...{ time, upstream: text, state: z.enum(['up', 'down']), reason: z.optional(text) },
  }),
  z.object({ event: z.literal('tag-gone'), time, upstream: text, repository: text, tag: text }),
  z.object({
    event: z.literal('eviction'),
    ...{ time, digest: text, sizeBytes: count, lastAccess: time, namedBy: z.array(text), reason },
  }),
  z.object({ event: z.literal('evictions'), time, blobs: count, sizeBytes: count, reason }),
  z.object({ event: z.literal('size'), time, usedBytes: count, limitBytes: count }),
]);

/** Reads an event; undefined for text of another form. */
export function parseEvent(line: string): CacheEvent | undefined {
  try {
    const { success, data } = EVENT.safeParse(JSON.parse(decodeLine(line)));
    return success ? data : undefined;
  } catch {
    return undefined;
  }
}
