import { DURATION_ACCEPTED, parseDuration } from '@registry-cache/domain';
import { z } from 'zod';

const duration = z.string().refine((text) => parseDuration('', text).ok, DURATION_ACCEPTED);

/** How long an upstream may take; what is left out is as the settings have it. */
export const timeouts = z.strictObject({
  connect: duration.optional().describe('In place of EGRESS_CONNECT_TIMEOUT.'),
  headers: duration.optional().describe('In place of EGRESS_HEADERS_TIMEOUT.'),
  blobHeaders: duration.optional().describe('In place of EGRESS_BLOB_HEADERS_TIMEOUT.'),
  idle: duration.optional().describe('In place of EGRESS_IDLE_TIMEOUT.'),
});

export type TimeoutPolicy = z.infer<typeof timeouts>;
