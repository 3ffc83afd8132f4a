import { constants, setPriority } from 'node:os';
import type { ReferenceNames } from '@registry-cache/config';
import { auditFile, runPaths, socketPath } from '@registry-cache/domain';
import type { Job } from '@registry-cache/jobs';
import { pinImage as pinWarmedImage, renewTimes } from '@registry-cache/pins';
import { createAudit } from '@registry-cache/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { runJob } from '../jobs/run-job.ts';
import { readNames } from '../read-names.ts';
import { WarmError } from '../warm/door/ask.ts';
import { withOnDemand } from '../warm/door/bring-in.ts';
import { openDoor } from '../warm/door/open-door.ts';
import { openRegistry, type Place } from '../warm/door/open-registry.ts';
import { readDoor } from '../warm/door/read-door.ts';
import { createFetchBlobs } from '../warm/fetch-blobs.ts';
import { createFindMore } from '../warm/find-more.ts';
import { formatFailed } from '../warm/format-failed.ts';
import { openHere } from '../warm/here/open-here.ts';
import { isPlatform } from '../warm/plan/choose-children.ts';
import { formatImage, type Plan, type Target } from '../warm/plan/plan-targets.ts';
import { readFollowedPlan, readPlan } from '../warm/read-plan.ts';
import { createReport } from '../warm/report.ts';
import { type FailedEntry, type WarmOptions as RunWarmOptions, runWarm } from '../warm/run-warm.ts';
import { warmElsewhere } from '../warm/warm-elsewhere.ts';
import { warn } from '../warn.ts';

interface WarmCommandOptions extends InputOptions {
  readonly platform?: readonly string[];
  readonly parallel: number;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
  readonly followed?: string;
  readonly names?: string;
  readonly pin?: boolean;
}

const PARALLEL = 2;

export function addWarm(program: Command): void {
  const command = program
    .command('warm')
    .description('Fetches the images of a list into the running cache, before anybody asks.')
    .argument(
      '[file]',
      'plain list, or YAML of skopeo sync, regsync, hauler, oc-mirror, Kubernetes or compose',
      '-',
    )
    .option(
      '--platform <platform>',
      'such as linux/arm64, again for more, or all (default: those pulled before, else linux/amd64 and linux/arm64)',
      addPlatform,
    )
    .option('--dry-run', 'only say how many images and bytes there are, and how many are not here')
    .option('--keep-going', 'go on after a failure, and print a list of what failed at the end')
    .option('--parallel <count>', 'how many blobs come in at a time', parseCount, PARALLEL)
    .option('--json', 'a line of JSON for each image, and one with the sums')
    .option('--pin', 'keep the images until they are unpinned, as registry-cache pin does');
  // For the program that follows lists. It may not read the pull secret, and so has names in a file.
  command.addOption(new Option('--followed <names>').hideHelp());
  // For the admin API, which may not read it either.
  command.addOption(new Option('--names <file>').hideHelp());
  addInputOptions(command).action(warm);
}

function addPlatform(platform: string, platforms: readonly string[] = []): readonly string[] {
  if (isPlatform(platform)) return [...platforms, platform];
  throw new InvalidArgumentError('A platform is accepted, such as linux/arm64, or all.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A number from 1 to 99 is accepted.');
}

/** The status is 1 if an image failed, and 130 if it was interrupted. */
async function warm(file: string, options: WarmCommandOptions): Promise<void> {
  if (isElsewhere()) return warmElsewhere(file, options);
  setPriority(constants.priority.PRIORITY_LOW);
  const settings = readSettings(options);
  const { REGISTRYDIR: storeRoot } = settings;
  const { followed, names: namesFile = followed, dryRun: isOnlyLooking = false } = options;
  const isFollowed = followed !== undefined;
  const names = await readNames(settings, namesFile);
  const { plan, failure } = isFollowed
    ? await readFollowedPlan(file, names, storeRoot)
    : await readPlan(file, names);
  await becomeRunUser();
  if (isFollowed) endWithParent();
  const what = file === '-' ? 'a list on standard input' : file;
  const by = isFollowed ? ('policy' as const) : undefined;
  const input = file === '-' ? 'LIST' : undefined;
  const kind = { kind: 'warm', what, storeRoot, by, input, isOnlyLooking } as const;
  await runJob(kind, async (job, signal) => {
    const keepGoing = isFollowed || options.keepGoing;
    const work = { plan, names, storeRoot, job, signal };
    const { failed, sum } = await fetchPlan(work, { ...options, ...(keepGoing && { keepGoing }) });
    sum();
    if (failed.length > 0 && !options.json) process.stdout.write(formatFailed(failed));
    if (failure === undefined) {
      return failed.length === 0 ? undefined : `${count(failed.length, 'image')} failed`;
    }
    warn(failure);
    process.exitCode = 1;
    return failure;
  });
}

/** The program that follows lists may be killed, and then the next one begins. */
function endWithParent(): void {
  const { stdin } = process;
  stdin.once('end', () => process.kill(process.pid, 'SIGTERM')).resume();
  // The end of the work ends this process as well.
  if ('unref' in stdin) stdin.unref();
}

interface Work {
  readonly plan: Plan;
  readonly names: ReferenceNames;
  readonly storeRoot: string;
  readonly job: Pick<Job, 'update'>;
  readonly signal: AbortSignal;
  /** Pins each image that is here now. */
  readonly pinImage?: RunWarmOptions['pinImage'];
}

interface FetchedPlan {
  readonly failed: readonly FailedEntry[];
  /** Reports the sums. */
  readonly sum: () => void;
}

/** Brings in what a plan names, and reports each image. The status is 1 if one failed. */
export async function fetchPlan(
  { plan, names, storeRoot, job, signal, pinImage }: Work,
  options: WarmCommandOptions,
): Promise<FetchedPlan> {
  const {
    dryRun = false,
    keepGoing = false,
    json = false,
    parallel,
    platform: platforms = [],
  } = options;
  const audit = createAudit(auditFile(storeRoot), {
    warn: () => warn('the audit log could not be written'),
  });
  const isFollowed = options.followed !== undefined;
  const report = createReport({ isJson: json, isDryRun: dryRun, isFollowed, job });
  // A blob that is on its way must not keep the program after a failure.
  const ended = new AbortController();
  const eitherSignal = AbortSignal.any([signal, ended.signal]);
  const nameIn = ({ upstreamId, repository }: Place, reference: string) => {
    const registry = names.upstreams.find(({ id }) => id === upstreamId)?.host ?? upstreamId;
    return formatImage({ image: `${registry}/${repository}`, reference });
  };
  const onDemand = new Map<string, string>();
  const noteOnDemand = (targets: readonly Target[]) => {
    for (const { upstreamId, onDemandHost } of targets) {
      if (onDemandHost !== undefined) onDemand.set(upstreamId, onDemandHost);
    }
  };
  noteOnDemand(plan.targets);
  const door = openDoor({ ...(await readDoor()), signal: eitherSignal });
  const registry = openRegistry({
    door: withOnDemand(door, {
      socketPath: socketPath(runPaths(process.env.RUNDIR), 'on-demand'),
      hosts: onDemand,
      signal: eitherSignal,
    }),
    signal: eitherSignal,
    onBytes: report.onBytes,
    onStale: (place, reference) =>
      report.say(`${nameIn(place, reference)}: its registry is away; what is here stays`),
    onEntered: (place, reference, digest) =>
      audit.record({ event: 'fetch', way: 'operator', image: nameIn(place, reference), digest }),
  });
  const here = openHere(storeRoot);
  const fetchBlob = dryRun ? undefined : createFetchBlobs({ registry, here, parallel });
  const renew = dryRun ? undefined : (digests: Iterable<string>) => renewTimes(storeRoot, digests);
  const findMore = createFindMore({ storeRoot, names, plan, onNote: report.say });
  const failed: FailedEntry[] = [];
  const pinWarmed: RunWarmOptions['pinImage'] =
    options.pin && !dryRun
      ? async (image, { digest }) => {
          const placed = { ...image, name: formatImage(image), digest };
          const { isWhole } = await pinWarmedImage(storeRoot, placed, 'warm', audit);
          if (!isWhole) throw new WarmError(`${placed.name}: pinned, and not whole here`, 507);
        }
      : undefined;
  try {
    await runWarm({
      ...{ registry, here, fetchBlob, renew, plan, platforms, signal },
      keepsGoing: keepGoing,
      pinImage: pinImage ?? pinWarmed,
      findMore: async (image, warmed) => {
        const images = await findMore(image, warmed);
        noteOnDemand(images);
        return images;
      },
      onImages: report.onImages,
      onWarmed: report.onWarmed,
      onFailed: (one) => {
        failed.push(one);
        report.onFailed(one);
      },
      onNote: (note) => report.say(note),
    });
  } finally {
    ended.abort();
    report.end();
    await audit.flush();
  }
  if (failed.length > 0) process.exitCode = 1;
  return { failed, sum: () => report.sum(keepGoing) };
}
