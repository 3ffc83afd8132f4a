import { z } from 'zod';

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
  connectionsPerBlob: z
    .int('a whole number from 1 to 16')
    .min(1, 'a whole number from 1 to 16')
    .max(16, 'a whole number from 1 to 16')
    .optional()
    .describe('In place of EGRESS_CONNECTIONS_PER_BLOB for this upstream.'),
  prefetch: z
    .boolean('true or false')
    .optional()
    .describe('In place of PREFETCH for this upstream.'),
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
