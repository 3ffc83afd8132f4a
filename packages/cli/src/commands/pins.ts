import { listPins, type PinsAnswer } from '@registry-cache/admin';
import { listReferenceNames, loadDryRunModel } from '@registry-cache/config';
import { escapeUnprintable, unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatPins } from '../admin/format-pins.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { printJson } from '../print-json.ts';
import { warn } from '../warn.ts';

interface PinsOptions extends InputOptions {
  readonly json?: boolean;
}

export function addPins(program: Command): void {
  const command = program
    .command('pins')
    .description('Lists the pinned images, and what they hold in the store.')
    .option('--json', 'all of it as one JSON object');
  addInputOptions(command).action(pins);
}

/** The status is 1 if a pin cannot be read. */
async function pins(options: PinsOptions): Promise<void> {
  const answer = isElsewhere() ? await askHere('pins', {}) : await listHere(options);
  if (options.json) printJson(answer);
  else for (const line of formatPins(answer)) console.log(escapeUnprintable(line));
  if (answer.unreadable > 0 || answer.pins.some(({ problem }) => problem !== undefined)) {
    process.exitCode = 1;
  }
}

/** By the files: it works without a program of the cache, too. */
async function listHere(options: PinsOptions): Promise<PinsAnswer> {
  const settings = readSettings(options);
  const { upstreams } = listReferenceNames(unwrap(await loadDryRunModel(settings)));
  await becomeRunUser();
  const found = {
    ...{ storeRoot: settings.REGISTRYDIR, limitBytes: settings.CLEANER_MAXSIZE },
    hostOf: (upstreamId: string) => upstreams.find(({ id }) => id === upstreamId)?.host,
  };
  return listPins(found, ({ place, problem }) => warn(`${escapeUnprintable(place)}: ${problem}`));
}
