import { listReferenceNames, loadDryRunModel, type ReferenceNames } from '@registry-cache/config';
import { auditFile, escapeUnprintable, formatSize, isDigest, unwrap } from '@registry-cache/domain';
import type { ListEntry } from '@registry-cache/lists';
import {
  type InspectedPin,
  inspectPin,
  isFrozen,
  type Pin,
  type PlacedImage,
  pinImage,
} from '@registry-cache/pins';
import { type Audit, createAudit } from '@registry-cache/runtime';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatPin } from '../admin/format-pins.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { runJob } from '../jobs/run-job.ts';
import { namePin } from '../pins/name-pin.ts';
import { openHere } from '../warm/here/open-here.ts';
import { formatImage, type Plan, planTargets, type Target } from '../warm/plan/plan-targets.ts';
import { warn } from '../warn.ts';
import { fetchPlan } from './warm.ts';

interface PinOptions extends InputOptions {
  /** False with `--no-fetch`. */
  readonly fetch: boolean;
}

const PARALLEL = 2;

export function addPin(program: Command): void {
  const command = program
    .command('pin')
    .description('Keeps images in the store, whatever its limit is, until they are unpinned.')
    .argument('<ref...>', 'images as clients write them, such as redis:7')
    .option('--no-fetch', 'pin only what is here, and fetch nothing');
  addInputOptions(command).action(pin);
}

interface Work {
  readonly store: string;
  readonly names: ReferenceNames;
  readonly audit: Audit;
}

/** The status is 1 if an image could not be pinned, or is not whole here. */
async function pin(refs: readonly string[], options: PinOptions): Promise<void> {
  if (isElsewhere()) return pinElsewhere(refs);
  const settings = readSettings(options);
  const store = settings.REGISTRYDIR;
  const names = listReferenceNames(unwrap(await loadDryRunModel(settings)));
  const entries = refs.map((reference): ListEntry => {
    return { path: 'REF', kind: 'image', platforms: [], reference };
  });
  const plan = unwrap(planTargets({ entries, blocked: [] }, names));
  await becomeRunUser();
  const warnOfAudit = () => warn('the audit log could not be written');
  const audit = createAudit(auditFile(store), { warn: warnOfAudit });
  const work = { store, names, audit };
  const lacking = await pinWhatIsHere(work, plan, options.fetch);
  if (lacking.length > 0) await fetchAndPin(work, { ...plan, targets: lacking });
  await audit.flush();
}

/** The server pins what it has, and fetches nothing. */
async function pinElsewhere(images: readonly string[]): Promise<void> {
  for (const image of images) {
    const pinned = await askHere('pin', { image });
    console.log(escapeUnprintable(`pinned ${formatPin(pinned)}`));
    if (!pinned.whole) process.exitCode = 1;
  }
}

/** @returns the targets that have to be fetched. */
async function pinWhatIsHere(
  work: Work,
  { targets }: Plan,
  mayFetch: boolean,
): Promise<Plan['targets']> {
  const here = openHere(work.store);
  const lacking: Plan['targets'][number][] = [];
  for (const target of targets) {
    const { reference = '' } = target;
    const name = formatTarget(target);
    const digest = isDigest(reference) ? reference : await here.tagDigest(target, reference);
    const image = digest === undefined ? undefined : { ...target, name, reference, digest };
    if (image !== undefined && (!mayFetch || (await isWholeHere(work.store, image)))) {
      report(work, await pinImage(work.store, image, 'pin', work.audit), mayFetch);
    } else if (mayFetch) lacking.push(target);
    else {
      warn(`${name} is not here, so that its digest is unknown: pin it without --no-fetch`);
      process.exitCode = 1;
    }
  }
  return lacking;
}

async function isWholeHere(store: string, image: PlacedImage): Promise<boolean> {
  const { upstreamId, repository, digest } = image;
  const pin: Pin = { upstreamId, repository, digest, why: 'pin', by: '', since: '' };
  return (await inspectPin(store, pin)).isWhole;
}

async function fetchAndPin(work: Work, plan: Plan): Promise<void> {
  const { store: storeRoot, names } = work;
  const what = plan.targets.map((target) => formatTarget(target)).join(' ');
  await runJob({ kind: 'warm', what, storeRoot }, async (job, signal) => {
    const { failed } = await fetchPlan(
      {
        ...{ plan, names, storeRoot, job, signal },
        async pinImage(image, { digest }) {
          const placed = { ...image, name: formatImage(image), digest };
          report(work, await pinImage(storeRoot, placed, 'pin', work.audit), true);
        },
      },
      { parallel: PARALLEL, keepGoing: true },
    );
    return failed.length === 0 ? undefined : `${count(failed.length, 'image')} failed`;
  });
}

function formatTarget(target: Target): string {
  return formatImage({ ...target, reference: target.reference ?? '' });
}

function report(
  { names }: Work,
  { pin, digest, sizes, isWhole }: InspectedPin<Pin>,
  mayFetch: boolean,
): void {
  const name = namePin(pin, names);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const state = isFrozen(pin) ? 'frozen already' : 'pinned';
  console.log(`${state} ${name} ${digest} (${formatSize(bytes)})`);
  if (isWhole) return;
  const why = mayFetch ? ': the store has no room for all of it' : ', and is kept as it comes';
  warn(`${name} is not whole here${why}`);
  if (mayFetch) process.exitCode = 1;
}
