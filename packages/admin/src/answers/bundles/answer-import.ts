import { finished } from 'node:stream/promises';
import { parseJson } from '@registry-cache/runtime';
import type { OpenCommand } from '../../commands/commands.ts';
import { gather } from '../../commands/gather.ts';
import { AdminError } from '../../contract/admin-error.ts';
import { IMPORT, type ImportAnswer } from '../../contract/import.ts';
import type { VerbInput } from '../../contract/verbs.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { stopWith } from './stop-with.ts';

/**
 * Runs `registry-cache import` on the body of the request. The command takes nothing until the body
 * has come whole.
 * @throws AdminError that says what is wrong with the bundle.
 */
export async function answerImport(
  { as, dryRun }: VerbInput<'import'>,
  { options, commands, exchange }: AnswerDeps,
): Promise<ImportAnswer> {
  const flags = [...(as === undefined ? [] : [`--as=${as}`]), ...(dryRun ? ['--dry-run'] : [])];
  const command = commands.open([
    ...['import', '--names', options.namesFile, '--confirmed', '--json', ...flags, '-'],
  ]);
  using _ = stopWith(exchange.signal, command);
  const output = gather(command.output);
  try {
    await sendBody(command, exchange.body);
  } catch (error) {
    await command.stop();
    throw error;
  }
  const { messages } = await command.ended;
  // Images that were refused are named there, and the status is 1.
  if (output.text.startsWith('{')) return parseJson(output.text, IMPORT.output);
  throw new AdminError('INVALID', messages || 'the bundle could not be imported; see the log');
}

/** A command that needs no more has ended, and says why. */
async function sendBody(
  { input, ended, confirm }: OpenCommand,
  body: AnswerDeps['exchange']['body'],
): Promise<void> {
  body.pipe(input, { end: false });
  try {
    const isWhole = await Promise.race([finished(body).then(() => true), ended.then(() => false)]);
    if (!isWhole) return;
  } finally {
    body.unpipe(input);
  }
  confirm();
  input.end();
}
