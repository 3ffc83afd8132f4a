import { parseImagePattern } from '@registry-cache/access';
import type { Parsed } from '@registry-cache/domain';
import { z } from 'zod';

/** Text that a parser of the package access has to accept. */
export function accessText(parse: (path: string, text: string) => Parsed<unknown>) {
  return z.string().superRefine((given, context) => {
    const parsed = parse('', given);
    if (parsed.ok) return;
    for (const { accepted } of parsed.issues) context.addIssue(accepted);
  });
}

/** The images that a rule speaks for. */
export const images = z
  .array(accessText(parseImagePattern))
  .min(1, 'at least one image')
  .describe('`REGISTRY/REPOSITORY[:TAG]`; `*` within one part, `**` across parts.');

const NO_TAG = 'REGISTRY/REPOSITORY without a tag: the rule is about digests, whatever their tag';

/** The same for rules that know digests, and no tags. */
export const imagesWithoutTag = z
  .array(
    accessText(parseImagePattern).refine((text) => {
      const parsed = parseImagePattern('', text);
      return !parsed.ok || parsed.value.tag === undefined;
    }, NO_TAG),
  )
  .min(1, 'at least one image')
  .describe('`REGISTRY/REPOSITORY`, without a tag; `*` within one part, `**` across parts.');
