import type { RegistryNames } from '@registry-cache/access';
import { type AdmissionRule, parseDuration } from '@registry-cache/domain';
import type { AdmissionSpec } from '../policy/admission.ts';
import { nameImages } from './name-images.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** The rules with their images as they are named here. Undefined without a rule. */
export function buildAdmission(
  spec: AdmissionSpec,
  names: RegistryNames,
): readonly AdmissionRule[] | undefined {
  if (spec.length === 0) return undefined;
  return spec.map(({ images, minimumAge, ask, timeout }, index) => {
    const minimumAgeMs = millisecondsOf(minimumAge);
    const timeoutMs = millisecondsOf(timeout) ?? DEFAULT_TIMEOUT_MS;
    return {
      number: index + 1,
      images: nameImages(images, names),
      ...(minimumAgeMs !== undefined && { minimumAgeMs }),
      ...(ask !== undefined && { ask: { url: ask, timeoutMs } }),
    };
  });
}

/** The schema has checked the text. */
function millisecondsOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseDuration('', text);
  return parsed?.ok ? parsed.value : undefined;
}
