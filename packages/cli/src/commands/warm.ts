import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { listReferenceNames, loadDryRunModel, type ReferenceNames } from '@registry-cache/config';
import {
  auditFile,
  escapeUnprintable,
  formatSize,
  InvalidInputError,
  runPaths,
  Secret,
  socketPath,
  unwrap,
} from '@registry-cache/domain';
import { type ImageList, parseList } from '@registry-cache/lists';
import { createAudit } from '@registry-cache/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { openDoor } from '../warm/door/open-door.ts';
import { openRegistry, type Place } from '../warm/door/open-registry.ts';
import { createFetchBlobs } from '../warm/fetch-blobs.ts';
import { createFindMore } from '../warm/find-more.ts';
import { formatFailed } from '../warm/format-failed.ts';
import { openHere } from '../warm/here/open-here.ts';
import { isPlatform } from '../warm/plan/choose-children.ts';
import { formatImage, type Plan, planTargets } from '../warm/plan/plan-targets.ts';
import { createReport } from '../warm/report.ts';
import { type FailedEntry, runWarm } from '../warm/run-warm.ts';
import { warn } from '../warn.ts';

interface WarmCommandOptions extends InputOptions {
  readonly platform: readonly string[];
  readonly parallel: number;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly json?: boolean;
}

/** As a shell reports a process that SIGINT ended. */
const INTERRUPTED = 130;
const PARALLEL = 2;
/** Lists of all images of a large site have some MiB. */
const MOST_LIST_BYTES = 32 * 1024 * 1024;

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
      [],
    )
    .option('--dry-run', 'only say how many images and bytes there are, and how many are not here')
    .option('--keep-going', 'go on after a failure, and print a list of what failed at the end')
    .option('--parallel <count>', 'how many blobs come in at a time', parseCount, PARALLEL)
    .option('--json', 'a line of JSON for each image, and one with the sums');
  addInputOptions(command).action(warm);
}

function addPlatform(platform: string, platforms: readonly string[]): readonly string[] {
  if (isPlatform(platform)) return [...platforms, platform];
  throw new InvalidArgumentError('A platform is accepted, such as linux/arm64, or all.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A number from 1 to 99 is accepted.');
}

/** The status is 1 if an image failed, and 130 if it was interrupted. */
async function warm(file: string, options: WarmCommandOptions): Promise<void> {
  setPriority(constants.priority.PRIORITY_LOW);
  const list = await readList(file);
  for (const { path, text: told } of list.notes) warn(escapeUnprintable(`${path}: ${told}`));
  const settings = readSettings(options);
  const model = unwrap(await loadDryRunModel(settings));
  const names = listReferenceNames(model);
  const plan = unwrap(planTargets(list, names));
  await becomeRunUser();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  try {
    await fetchPlan({ plan, names, storeRoot: settings.REGISTRYDIR }, options, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    warn('interrupted; the same command goes on from here');
    process.exitCode = INTERRUPTED;
  }
}

/** @throws InvalidInputError for a list that cannot be read as one. */
async function readList(file: string): Promise<ImageList> {
  const name = file === '-' ? 'standard input' : file;
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  if (content.length > MOST_LIST_BYTES) {
    const accepted = `a list of at most ${formatSize(MOST_LIST_BYTES)}`;
    throw new InvalidInputError([{ path: name, found: formatSize(content.length), accepted }]);
  }
  return unwrap(parseList(name, content));
}

interface Work {
  readonly plan: Plan;
  readonly names: ReferenceNames;
  readonly storeRoot: string;
}

async function fetchPlan(
  { plan, names, storeRoot }: Work,
  options: WarmCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const {
    dryRun = false,
    keepGoing = false,
    json = false,
    parallel,
    platform: platforms,
  } = options;
  const audit = createAudit(auditFile(storeRoot), {
    warn: () => warn('the audit log could not be written'),
  });
  const report = createReport(json, dryRun);
  // A blob that is on its way must not keep the program after a failure.
  const ended = new AbortController();
  const eitherSignal = AbortSignal.any([signal, ended.signal]);
  const nameIn = ({ upstreamId, repository }: Place, reference: string) => {
    const registry = names.upstreams.find(({ id }) => id === upstreamId)?.host ?? upstreamId;
    return formatImage({ image: `${registry}/${repository}`, reference });
  };
  const registry = openRegistry({
    door: openDoor({ ...(await readDoor()), signal: eitherSignal }),
    signal: eitherSignal,
    onBytes: report.onBytes,
    onStale: (place, reference) =>
      report.say(`${nameIn(place, reference)}: its registry is away; what is here stays`),
    onEntered: (place, reference, digest) =>
      audit.record({ event: 'fetch', way: 'operator', image: nameIn(place, reference), digest }),
  });
  const here = openHere(storeRoot);
  const fetchBlob = dryRun ? undefined : createFetchBlobs({ registry, here, parallel });
  const failed: FailedEntry[] = [];
  try {
    await runWarm({
      ...{ registry, here, fetchBlob, plan, platforms, signal },
      keepsGoing: keepGoing,
      findMore: createFindMore({ storeRoot, names, plan, onNote: report.say }),
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
  report.sum(keepGoing);
  if (failed.length === 0) return;
  if (!json) process.stdout.write(formatFailed(failed));
  process.exitCode = 1;
}

/** The way to egress. @throws NoCacheError if no cache runs here. */
async function readDoor(): Promise<{ socketPath: string; bootSecret: Secret }> {
  const run = runPaths(process.env.RUNDIR);
  const socket = socketPath(run, 'egress');
  if (!existsSync(socket)) throw new NoCacheError(socket);
  const secret = await readFile(join(run.secrets, 'boot-secret'), 'utf8');
  return { socketPath: socket, bootSecret: new Secret(secret.trim()) };
}

class NoCacheError extends Error {
  readonly code = 'NO_CACHE';
  readonly hint =
    'run it inside the container: podman exec -i CONTAINER registry-cache warm - < LIST';

  constructor(socket: string) {
    super(`${socket} does not exist: no cache runs here`);
    this.name = 'NoCacheError';
  }
}
