import { CloudError, plainCode } from '../cloud-error.ts';
import {
  type CloudReply,
  type CloudRequest,
  parseMembers,
  type Send,
  withRetries,
} from '../send.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * @param who answers, for messages.
 * @throws CloudError on any status but 200.
 */
export function postForm(
  send: Send,
  url: URL,
  form: Readonly<Record<string, string>>,
  who: string,
  signal: AbortSignal,
): Promise<Members> {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
  };
  const body = new URLSearchParams(form).toString();
  return ask(send, { method: 'POST', url, headers, body }, who, signal);
}

/** As `postForm`, for a GET. */
export function getJson(
  send: Send,
  url: URL,
  headers: Readonly<Record<string, string>>,
  who: string,
  signal: AbortSignal,
): Promise<Members> {
  return ask(send, { method: 'GET', url, headers }, who, signal);
}

async function ask(
  send: Send,
  request: CloudRequest,
  who: string,
  signal: AbortSignal,
): Promise<Members> {
  const reply = await withRetries(send)(request, signal).catch((error: unknown) => {
    const code = plainCode((error as { code?: unknown }).code);
    throw new CloudError('azure', `${who} did not answer${code ? ` (${code})` : ''}`);
  });
  if (reply.status === 200) return parseMembers(reply.body);
  throw new CloudError('azure', `${who} answered ${describe(reply)}`);
}

/** `400 invalid_client 700024`: the last is a number of Entra ID's list of errors. */
function describe({ status, body }: CloudReply): string {
  const { error, error_codes } = parseMembers(body);
  const [number] = Array.isArray(error_codes) ? error_codes : [];
  const numbers = Number.isInteger(number) ? [String(number)] : [];
  return [String(status), plainCode(error) ?? '', ...numbers].filter(Boolean).join(' ');
}
