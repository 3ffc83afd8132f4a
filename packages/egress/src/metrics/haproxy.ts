import { request } from 'node:http';
import { INTERNAL_PATHS } from '@registry-cache/domain';

const TIMEOUT_MS = 2_000;
const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Fetches HAProxy's metrics as Prometheus text from its unix socket.
 * @throws Error if nothing listens there, for any status but 200, and after 2 s.
 */
export function fetchHaproxyMetrics(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const outgoing = request(
      { socketPath, path: INTERNAL_PATHS.metrics.name, agent: false, signal },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > LIMIT_BYTES) incoming.destroy(new Error('too long'));
          else chunks.push(chunk);
        });
        incoming.on('error', reject);
        incoming.on('end', () => {
          if (incoming.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
          else reject(new Error(`HAProxy answered ${incoming.statusCode}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}
