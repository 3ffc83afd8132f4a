import { AdminError } from '../../contract/admin-error.ts';
import type { ReceiptAnswer } from '../../contract/receipt.ts';
import type { AnswerDeps } from '../answer-deps.ts';

/** Runs `registry-cache receipt`. @throws AdminError that says why it could not. */
export async function answerReceipt({
  commands,
}: Pick<AnswerDeps, 'commands'>): Promise<ReceiptAnswer> {
  const { status, output, messages } = await commands.start(['receipt']).ended;
  // The beginning of one that is too large is cut off.
  if (status === 0 && output.startsWith('{')) return { receipt: output };
  throw new AdminError('UNAVAILABLE', messages || 'the receipt could not be made; see the log');
}
