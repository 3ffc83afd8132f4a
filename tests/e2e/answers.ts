import type { HttpClient, HttpResponse } from '@registry-cache/testbed';

export interface ToldError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/**
 * The error in an answer.
 * @throws when it is not in the OCI shape with exactly one error, or asks for credentials.
 */
export function toldError({ status, headers, json }: HttpResponse): ToldError {
  const { errors } = json() as { errors: { code: string; message: string; detail: unknown }[] };
  const [first, ...more] = errors;
  const isShaped = first !== undefined && more.length === 0 && 'detail' in first;
  if (!isShaped || headers['content-type'] !== 'application/json') {
    throw new Error(`not an OCI error: ${JSON.stringify(headers)} ${JSON.stringify(errors)}`);
  }
  // A client would answer it with its own credentials for the upstream, which are not asked for.
  if ('www-authenticate' in headers) throw new Error('an upstream’s challenge was passed on');
  return { status, code: first.code, message: first.message };
}

/** Statuses of a question in each way that a blob is asked for: whole, HEAD, a part. */
export async function blobStatuses(client: HttpClient, path: string): Promise<number[]> {
  const answers = [
    await client.get(path),
    await client.head(path),
    await client.get(path, { headers: { range: 'bytes=0-9' } }),
  ];
  return answers.map(({ status }) => status);
}
