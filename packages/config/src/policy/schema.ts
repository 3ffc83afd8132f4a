import { parseSize } from '@registry-cache/domain';
import { z } from 'zod';

/** Whole numbers only: what is left out is not limited. */
const limits = z.strictObject({
  connections: z
    .int('a whole number from 2')
    .min(2, 'a whole number from 2')
    .optional()
    .describe('How much may be asked of it at a time; one of them is for small things.'),
  requestsPerSecond: z
    .int('a whole number from 1')
    .min(1, 'a whole number from 1')
    .optional()
    .describe('How many requests it gets in a second.'),
  bytesPerSecond: z
    .union([z.string(), z.int()])
    .transform((size, context) => {
      const parsed = parseSize('', String(size));
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: 'a size, such as 20MB' });
      return z.NEVER;
    })
    .optional()
    .describe('How many bytes are fetched from it in a second, such as 20MB.'),
});

const upstream = z.strictObject({
  url: z
    .string()
    .regex(
      /^https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?\/?$/,
      'https://HOST[:PORT], or http://HOST[:PORT] for plain HTTP; a path is not possible',
    )
    .optional()
    .describe('Where the upstream is really asked: another host or port, or plain HTTP.'),
  ca: z
    .string()
    .regex(/^(\/|\s*-----BEGIN )/, 'an absolute path, or PEM certificates')
    .optional()
    .describe('Certificate authorities to trust for this upstream: a path or PEM text.'),
  aliases: z
    .array(z.string().regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/, 'a name of one part, such as quay'))
    .optional()
    .describe('More first parts of the path under which the upstream is served.'),
  limits: limits
    .optional()
    .describe(
      'What is asked of it at most: `connections` at a time (from 2), `requestsPerSecond`, `bytesPerSecond` (a size).',
    ),
});

/** `/registry-cache.yaml`. Every key has a default; a key that is not here is an error. */
export const policySchema = z
  .strictObject({
    upstreams: z
      .record(z.string(), upstream)
      .optional()
      .describe('What the pull secret cannot say about an upstream, by its key there.'),
  })
  .describe('The policy file of registry-cache.');

export type Policy = z.infer<typeof policySchema>;
export type UpstreamPolicy = z.infer<typeof upstream>;
