import { type AdmissionAsk, formatDuration } from '@registry-cache/domain';
import { readCapped } from '../../wire/transport/reply.ts';
import type { Transport } from '../../wire/transport/transport.ts';
import { type Answer, parseAnswer, type Question } from './question.ts';

/** No reason is longer. */
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** Asks a scanner about one manifest. Redirects are not followed. Never rejects. */
export async function askScanner(
  { send }: Pick<Transport, 'send'>,
  { url: text, timeoutMs }: AdmissionAsk,
  question: Question,
  token?: string,
): Promise<Answer> {
  const url = new URL(text);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const reply = await send({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(question),
      // The signal ends the whole exchange.
      headersMs: timeoutMs + 1_000,
      signal,
    });
    const { bytes, whole } = await readCapped(reply, ANSWER_LIMIT_BYTES, timeoutMs);
    if (whole) return parseAnswer(url.host, reply.status, bytes);
    const reason = `${url.host} answered with more than ${ANSWER_LIMIT_BYTES} bytes`;
    return { kind: 'none', reason };
  } catch (error) {
    const late = `${url.host} did not answer within ${formatDuration(timeoutMs)}`;
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'none', reason: signal.aborted ? late : reason };
  }
}
