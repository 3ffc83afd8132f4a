import type { HttpClient, HttpResponse } from '@registry-cache/testbed';

export interface OciError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The error in an answer.
 * @throws when it is not in the OCI shape with exactly one error, or asks for credentials.
 */
export function readError({ status, headers, json }: HttpResponse): OciError {
  const { errors } = json() as { errors: { code: string; message: string; detail: unknown }[] };
  const [first, ...more] = errors;
  const isShaped = first !== undefined && more.length === 0 && 'detail' in first;
  if (!isShaped || headers['content-type'] !== 'application/json') {
    throw new Error(`not an OCI error: ${JSON.stringify(headers)} ${JSON.stringify(errors)}`);
  }
  // A client would answer the challenge with its own credentials for the upstream.
  if ('www-authenticate' in headers) throw new Error('an upstream’s challenge was passed on');
  return { status, code: first.code, message: first.message };
}

/** Statuses of the three requests for a blob: GET, HEAD, and a Range. */
export async function blobStatuses(client: HttpClient, path: string): Promise<number[]> {
  const answers = [
    await client.get(path),
    await client.head(path),
    await client.get(path, { headers: { range: 'bytes=0-9' } }),
  ];
  return answers.map(({ status }) => status);
}
