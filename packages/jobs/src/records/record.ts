import * as z from 'zod/mini';

/** As far as a job is. Unknown totals are left out. */
const progress = z.object({
  doneBytes: z.number(),
  totalBytes: z.optional(z.number()),
  doneImages: z.optional(z.number()),
  totalImages: z.optional(z.number()),
  failedImages: z.optional(z.number()),
});

export type JobProgress = z.infer<typeof progress>;

/** Tells one process from all others, also from those of earlier boots and other containers. */
const processMark = z.object({
  pid: z.number(),
  /** When it began, in ticks since the boot of the machine. */
  startTicks: z.string(),
  bootId: z.string(),
  /** The namespace in which `pid` counts. */
  namespace: z.string(),
});

export type ProcessMark = z.infer<typeof processMark>;

const JOB_KINDS = ['export', 'import', 'verify', 'warm'] as const;

/** One record, a file of JSON. Times are ISO 8601. */
export const JOB_RECORD = z.object({
  id: z.string(),
  kind: z.enum(JOB_KINDS),
  /** `operator`, or `policy` for a list that the policy file names. */
  by: z.enum(['operator', 'policy']),
  /** What is worked on: a list, a bundle, images. */
  what: z.string(),
  /** The command that began it, and that goes on after a break. */
  command: z.string(),
  process: processMark,
  since: z.iso.datetime(),
  updated: z.iso.datetime(),
  ended: z.optional(z.iso.datetime()),
  /** Of an ended job. */
  outcome: z.optional(z.enum(['done', 'failed', 'interrupted'])),
  error: z.optional(z.string()),
  progress: z.optional(progress),
});

export type JobRecord = z.infer<typeof JOB_RECORD>;
