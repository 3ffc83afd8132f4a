import { listReferenceNames, loadDryRunModel, type ReferenceNames } from '@registry-cache/config';
import { escapeUnprintable, formatSize, unwrap } from '@registry-cache/domain';
import { type InspectedPin, inspectPins, isBrokenPin, isFrozen } from '@registry-cache/pins';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatPins } from '../admin/format-pins.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { namePin } from '../pins/name-pin.ts';
import { warn } from '../warn.ts';

interface PinsOptions extends InputOptions {
  readonly json?: boolean;
}

export function addPins(program: Command): void {
  const command = program
    .command('pins')
    .description('Lists the pinned images, and what they hold in the store.')
    .option('--json', 'a line of JSON for each pin, and one with the sums');
  addInputOptions(command).action(pins);
}

/** The status is 1 if a pin cannot be read. */
async function pins(options: PinsOptions): Promise<void> {
  if (isElsewhere()) return showPins(options);
  const settings = readSettings(options);
  const names = listReferenceNames(unwrap(await loadDryRunModel(settings)));
  await becomeRunUser();
  const unreadable: { directory: string; problem: string }[] = [];
  const sizes = new Map<string, number>();
  let pinned = 0;
  let broken = 0;
  for await (const inspected of inspectPins(settings.REGISTRYDIR, unreadable)) {
    for (const [digest, sizeBytes] of inspected.sizes) sizes.set(digest, sizeBytes);
    if (isBrokenPin(inspected.pin)) {
      broken += 1;
      const { file, problem } = inspected.pin;
      warn(`${escapeUnprintable(file)}: ${problem}; its image is kept as far as its name tells`);
    } else pinned += 1;
    const line = describe(inspected, names);
    console.log(options.json ? JSON.stringify(line) : format(line));
  }
  for (const { directory, problem } of unreadable) warn(`${directory}: ${problem}`);
  if (broken + unreadable.length > 0) process.exitCode = 1;
  const bytes = sum(sizes.values());
  const limitBytes = settings.CLEANER_MAXSIZE;
  if (options.json) console.log(JSON.stringify({ pins: pinned, broken, bytes, limitBytes }));
  else console.log(`${count(pinned, 'pin')}, ${formatSize(bytes)} of ${formatSize(limitBytes)}`);
}

async function showPins({ json = false }: PinsOptions): Promise<void> {
  const answer = await askHere('pins', {});
  if (json) console.log(JSON.stringify(answer));
  else for (const line of formatPins(answer)) console.log(escapeUnprintable(line));
  if (answer.unreadable > 0 || answer.pins.some(({ problem }) => problem !== undefined)) {
    process.exitCode = 1;
  }
}

type Line = ReturnType<typeof describe>;

function describe({ pin, digest, sizes, isWhole }: InspectedPin, names: ReferenceNames) {
  const place = { image: namePin(pin, names), upstream: pin.upstreamId };
  const content = { digest: digest ?? null, bytes: sum(sizes.values()), whole: isWhole };
  if (isBrokenPin(pin)) return { ...place, ...content, problem: pin.problem };
  const { why, by, since } = pin;
  return { ...place, ...content, why, frozen: isFrozen(pin), by, since };
}

function format(line: Line): string {
  const { image, digest, bytes, whole } = line;
  const size = whole ? formatSize(bytes) : `${formatSize(bytes)}, not whole here`;
  const origin =
    'problem' in line
      ? `broken: ${line.problem}`
      : `${line.why}${line.frozen ? ', frozen' : ''}, by ${escapeUnprintable(line.by)} since ${line.since}`;
  const name = digest !== null && image.endsWith(digest) ? image : `${image} ${digest ?? '-'}`;
  return `${name} (${size}; ${origin})`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
