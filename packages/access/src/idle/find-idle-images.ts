import { isRepository, isTag, quoteFound, subjectOfTag } from '@registry-cache/domain';
import { type ImagePattern, parseImagePattern } from '../image-pattern.ts';
import { namePattern } from '../names-here.ts';
import type { AccessPolicy, AccessRule } from '../policy.ts';
import type { Effort } from './glob-language.ts';
import type { IdlePart } from './idle-part.ts';
import { languageOf } from './image-language.ts';

/** Finds images of a rule that nobody can ask for here. */
export function findIdleImages(
  { names }: AccessPolicy,
  served: readonly ImagePattern[],
  rule: AccessRule,
  path: string,
  effort: Effort,
): IdlePart[] {
  return rule.images.flatMap((text, index): IdlePart[] => {
    const parsed = parseImagePattern('images', text);
    if (!parsed.ok) return [];
    const reasons = namePattern(parsed.value, names).map((one) => whyIdle(one, served, effort));
    const [reason] = reasons;
    if (reason === undefined || reasons.includes(undefined)) return [];
    return [
      {
        path: `${path}.images[${index}]`,
        found: quoteFound(text),
        taken: `no image: ${reason}`,
      },
    ];
  });
}

function whyIdle(
  pattern: ImagePattern,
  served: readonly ImagePattern[],
  effort: Effort,
): string | undefined {
  const [, ...repository] = pattern.parts;
  const isPossible = repository.every((part) => part.includes('*') || isRepository(part));
  if (!isPossible) return 'no repository can have this name';
  if (pattern.tag !== undefined) {
    if (/^[.-]/.test(pattern.tag)) return 'no tag begins with a dot or a hyphen';
    if (!pattern.tag.includes('*') && !isTag(pattern.tag)) return 'no tag can have this name';
    if (subjectOfTag(pattern.tag) !== undefined) {
      return 'such a tag is decided by the tags that lead to its digest';
    }
  }
  const { name } = languageOf(pattern);
  const isServed = served.some((one) => languageOf(one).name.overlaps(name, effort));
  return isServed ? undefined : 'nothing is served here by such a name';
}
