import { INTERNAL_PATHS } from '@registry-cache/domain';
import { askSocket } from '@registry-cache/runtime';

const TIMEOUT_MS = 2_000;
const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Fetches HAProxy's metrics as Prometheus text from its unix socket.
 * @throws Error if nothing listens there, for any status but 200, and after 2 s.
 */
export async function fetchHaproxyMetrics(socketPath: string): Promise<string> {
  const limits = { timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES };
  const path = INTERNAL_PATHS.metrics.name;
  const { status, body } = await askSocket({ socketPath, path, ...limits });
  if (status !== 200) throw new Error(`HAProxy answered ${status}`);
  return body;
}
