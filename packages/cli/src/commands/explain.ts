import { isIP } from 'node:net';
import { AdminAwayError, type ExplainAnswer } from '@registry-cache/admin';
import { escapeUnprintable, InvalidInputError, quoteFound } from '@registry-cache/domain';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatRequest } from '../admin/format-request.ts';
import { showAnswer } from '../admin/show-answer.ts';
import { explainFromFiles } from '../explain/explain-from-files.ts';
import { formatExplain } from '../explain/format-explain.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { printJson } from '../print-json.ts';
import { warn } from '../warn.ts';

interface ExplainOptions extends InputOptions {
  readonly as?: string;
  readonly group: readonly string[];
  readonly from?: string;
  readonly json?: boolean;
  readonly request?: string;
  readonly probe?: boolean;
}

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description(
      'Prints the way of an image: rights, rule, tag, layers, and what the next pull does.',
    )
    .argument('[ref]', 'image as a client writes it, such as redis:7')
    .option('--as <user>', 'user that is logged in (default: a client without a login)')
    .option('--group <group>', 'group that an issuer names for the user; again for more', add, [])
    .option('--from <address>', 'IP address of the client')
    .option('--probe', 'ask the upstream too, by one HEAD; stores nothing')
    .option('--request <id>', 'explain this request of the access log in place of an image')
    .option('--json', 'one line of JSON');
  addInputOptions(command).action(explain);
}

function add(group: string, groups: readonly string[]): readonly string[] {
  return [...groups, group];
}

/** The status is 0 whatever the answer is. */
async function explain(text: string | undefined, options: ExplainOptions): Promise<void> {
  const { request: id, json } = options;
  checkSubject(text, id);
  if (id !== undefined) return showAnswer('request', { id }, formatRequest, json);
  checkOptions(options);
  const answer = await findAnswer(text ?? '', options);
  if (json === true) {
    printJson(answer);
    return;
  }
  for (const note of answer.notes) warn(escapeUnprintable(note));
  for (const line of formatExplain(answer)) console.log(escapeUnprintable(line));
}

/** The running cache knows most. Without one, or for files of one's own, the files are looked at. */
async function findAnswer(text: string, options: ExplainOptions): Promise<ExplainAnswer> {
  const { as: user = '', group: groups, from: address = '', pullSecret, policy } = options;
  const hasOwnFiles = pullSecret !== undefined || policy !== undefined;
  if (hasOwnFiles && (isElsewhere() || options.probe === true)) {
    const path = pullSecret === undefined ? '--policy' : '--pull-secret';
    const found = isElsewhere() ? '--server' : '--probe';
    throw new InvalidInputError([{ path, found, accepted: 'one of both' }]);
  }
  if (!hasOwnFiles) {
    try {
      return await askHere('explain', {
        image: text,
        probe: options.probe ?? false,
        ...(user !== '' && { user }),
        ...(groups.length > 0 && { groups: groups.join('\n') }),
        ...(address !== '' && { from: address }),
      });
    } catch (error) {
      const isAway = error instanceof AdminAwayError && !isElsewhere();
      if (!isAway || options.probe === true) throw error;
    }
  }
  return explainFromFiles(readSettings(options), text, { user, groups, address });
}

/** @throws InvalidInputError unless there is either an image or a request. */
function checkSubject(text: string | undefined, id: string | undefined): void {
  if ((text === undefined) !== (id === undefined)) return;
  const found = text === undefined ? 'neither' : 'both';
  throw new InvalidInputError([{ path: 'REF', found, accepted: 'an image, or --request ID' }]);
}

/** @throws InvalidInputError for options that mean nothing. */
function checkOptions({ as: user = '', group: groups, from }: ExplainOptions): void {
  if (from !== undefined && isIP(from) === 0) {
    const accepted = 'an IP address, such as 10.0.0.7';
    throw new InvalidInputError([{ path: '--from', found: quoteFound(from), accepted }]);
  }
  if (groups.length > 0 && user === '') {
    const accepted = '--as USER beside it: an issuer names groups for a user';
    throw new InvalidInputError([{ path: '--group', found: quoteFound(groups[0]), accepted }]);
  }
}
