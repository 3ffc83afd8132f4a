import { readFile, truncate } from 'node:fs/promises';

/** One request as the distribution registry logged it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly agent: string;
}

/** The user agent of the testbed's own requests, which tests must not count. */
export const READINESS_AGENT = 'testbed-readiness';

const COMBINED = /^\S+ \S+ .*?\[[^\]]*\] "(\S+) (\S+) [^"]*" (\d+) (\d+) "[^"]*" "([^"]*)"/;

/** Reads the registry's combined access log. Ignores lines of other kinds. */
export async function readRequests(accessLog: string): Promise<LoggedRequest[]> {
  const text = await readFile(accessLog, 'utf8');
  return text
    .split('\n')
    .map(parseLine)
    .filter((request) => request !== undefined)
    .filter(({ agent }) => agent !== READINESS_AGENT);
}

/** Empties the log. Its writer appends, and so goes on at the start. */
export async function forgetRequests(accessLog: string): Promise<void> {
  await truncate(accessLog);
}

function parseLine(line: string): LoggedRequest | undefined {
  const [, method, path, status, bytes, agent] = COMBINED.exec(line) ?? [];
  if (method === undefined || path === undefined || agent === undefined) return undefined;
  return { method, path, status: Number(status), bytes: Number(bytes), agent };
}
