import { parseSize } from '@registry-cache/domain';
import { z } from 'zod';

const MAX_SIZE = 'a size, such as 50G';

/** `hosted` of the policy file: names of registries, and the room that they share. */
export const hostedSchema = z
  .object({
    maxSize: z
      .union([z.string(), z.int()], MAX_SIZE)
      .transform((size, context) => {
        const parsed = parseSize('', String(size));
        if (parsed.ok) return parsed.value;
        context.addIssue({ code: 'custom', message: MAX_SIZE });
        return z.NEVER;
      })
      .optional()
      .describe('The room that all hosted images share. A push past it is refused. Default `50G`.'),
  })
  .catchall(z.strictObject({}, 'an empty mapping, such as apps: {}'));

export type HostedSpec = z.infer<typeof hostedSchema>;
