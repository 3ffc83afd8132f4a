import { z } from 'zod';
import { duration } from './duration.ts';

/** How long an upstream may take. The settings apply for absent keys. */
export const timeouts = z.strictObject({
  connect: duration.optional().describe('In place of EGRESS_CONNECT_TIMEOUT.'),
  headers: duration.optional().describe('In place of EGRESS_HEADERS_TIMEOUT.'),
  blobHeaders: duration.optional().describe('In place of EGRESS_BLOB_HEADERS_TIMEOUT.'),
  idle: duration.optional().describe('In place of EGRESS_IDLE_TIMEOUT.'),
});

export type TimeoutPolicy = z.infer<typeof timeouts>;
