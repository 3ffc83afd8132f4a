import type { IncomingMessage } from 'node:http';
import { parseBasic } from '../credentials/basic.ts';
import { type Credentials, createCredentials } from '../credentials/credentials.ts';
import { readForm } from '../http/read-form.ts';

/** A request to the token endpoint, of either form. */
export interface TokenRequest {
  /** OAuth 2's `grant_type`; `password` for a GET with Basic. */
  readonly grant: string;
  /** Undefined if they are missing, or if no user can have them. */
  readonly credentials: Credentials | undefined;
  readonly scopes: readonly string[];
}

/**
 * Reads GET `/token?scope=…` with Basic, or POST `/token` with a form. It ignores `service`,
 * `client_id`, `account` and `offline_token`, which change nothing here.
 *
 * @throws FormError
 */
export async function readTokenRequest(request: IncomingMessage): Promise<TokenRequest> {
  if (request.method === 'POST') {
    const form = await readForm(request);
    return {
      grant: form.get('grant_type') ?? '',
      credentials: createCredentials(form.get('username') ?? '', form.get('password') ?? ''),
      scopes: form.getAll('scope'),
    };
  }
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
  return {
    grant: 'password',
    credentials: parseBasic(request.headers.authorization),
    scopes: query.getAll('scope'),
  };
}
