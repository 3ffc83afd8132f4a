import { parseDuration } from '@registry-cache/domain';
import { z } from 'zod';

const EVERY = 'a duration of 1s or more, such as 6h';
const PLATFORM = 'a platform, such as linux/arm64, or all';

/** `warm` of the policy file: lists of images that are followed. */
export const warmSchema = z.array(
  z.strictObject({
    list: z
      .string('an absolute path')
      .regex(/^\//, 'an absolute path')
      .describe('The path of a list in the container, in a format that `warm` reads.'),
    every: z
      .string(EVERY)
      .refine((text) => {
        const parsed = parseDuration('', text);
        return parsed.ok && parsed.value >= 1000;
      }, EVERY)
      .describe('How often its images are fetched, as `6h`. A changed list is read at once.'),
    platforms: z
      .array(z.string().regex(/^(?:all|[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?)$/, PLATFORM))
      .optional()
      .describe('As `--platform` of `registry-cache warm`.'),
  }),
);

export type WarmSpec = z.infer<typeof warmSchema>;
