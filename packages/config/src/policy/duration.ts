import { DURATION_ACCEPTED, parseDuration } from '@registry-cache/domain';
import { z } from 'zod';

/** A duration of the policy, as `30s`. A number without a unit is refused with the same words. */
export const duration = z
  .string(DURATION_ACCEPTED)
  .refine((text) => parseDuration('', text).ok, DURATION_ACCEPTED);
