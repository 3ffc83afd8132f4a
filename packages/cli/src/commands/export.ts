import { constants, setPriority } from 'node:os';
import { resolve } from 'node:path';
import {
  type BundlePlan,
  type ExportResult,
  type ExportRun,
  exportFolder,
  exportParts,
  exportStream,
} from '@registry-cache/bundle';
import { blobFile, formatSize, InvalidInputError, parseSize, unwrap } from '@registry-cache/domain';
import { type Command, Option } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { count } from '../count.ts';
import { collect } from '../export/collect.ts';
import { describeOrder, describeReferences } from '../export/describe-order.ts';
import { exportElsewhere } from '../export/export-elsewhere.ts';
import { formatExport } from '../export/format-export.ts';
import { checkOutFolder, makeOutFolder } from '../export/out-folder.ts';
import { readKnown } from '../export/read-known.ts';
import { type ListedReference, readList } from '../export/read-list.ts';
import { type Order, readOrder } from '../export/read-order.ts';
import { findStoredBlob } from '../find-stored-blob.ts';
import { readSettings } from '../inputs.ts';
import { runJob } from '../jobs/run-job.ts';
import { formatJson } from '../print-json.ts';
import { createProgress } from '../progress.ts';
import { readNames } from '../read-names.ts';
import { warn } from '../warn.ts';
import { writeWhole } from '../write-whole.ts';

interface ExportOptions {
  readonly list?: string;
  readonly all?: boolean;
  readonly out: string;
  readonly partSize?: string;
  readonly for?: string;
  readonly platform?: string;
  readonly since?: string;
  readonly against?: string;
  readonly json?: boolean;
  readonly names?: string;
  readonly ordered?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('Writes images of the store as an OCI image layout, for a cache without a route.')
    .argument('[REF...]', 'images, such as quay.io/coreos/etcd:v3.5.1')
    .requiredOption(
      '--out <dir>',
      'a new folder, or one of an earlier export (with --server: a file); - for a tar on standard output',
    )
    .option('--list <file>', 'images in a file, one a line; # begins a comment')
    .option('--all', 'every image that is whole here')
    .option('--part-size <size>', 'in parts of this size, such as 4GB')
    .option('--since <bundle>', 'without the blobs of an earlier bundle, or of its bundle.json')
    .option('--against <receipt>', 'without the blobs that the receipt of the far side names')
    .option('--for <tool>', 'docker: what `docker load` reads, of one platform')
    .option('--platform <os/arch>', 'with --for docker (default: linux/amd64)')
    .option('--json', 'the summary as one JSON object')
    // For the admin API, which may not read the pull secret.
    .addOption(new Option('--names <file>').hideHelp())
    // Also for it: images and receipts are on standard input.
    .addOption(new Option('--ordered').hideHelp())
    .action(exportImages);
}

/** The status is 1 if an image that was asked for is not whole here. */
async function exportImages(refs: readonly string[], options: ExportOptions): Promise<void> {
  const isForDocker = readTool(options);
  if (isElsewhere()) return exportFrom(refs, options, isForDocker);
  const partBytes = readPartSize(options);
  setPriority(constants.priority.PRIORITY_LOW);
  const settings = readSettings();
  const isStream = options.out === '-';
  const out = isStream ? '-' : resolve(options.out);
  const { references, hasBlob } = await readWanted(refs, options);
  const names = await readNames(settings, options.names);
  if (!isStream) await makeOutFolder(out);
  await becomeRunUser();
  if (!isStream) await checkOutFolder(out);
  const what = options.all === true ? 'all images' : describeReferences(references);
  const kind = {
    kind: 'export',
    what: `${what} to ${out}`,
    storeRoot: settings.REGISTRYDIR,
    args: options.ordered ? describeOrder(references, options) : undefined,
  } as const;
  await runJob(kind, async (job, signal) => {
    const isAll = options.all === true;
    const platform = isForDocker ? (options.platform ?? 'linux/amd64') : undefined;
    const plan = await collect({
      root: settings.REGISTRYDIR,
      names,
      isAll,
      references,
      platform,
      signal,
    });
    if (plan.images.length === 0) return reportNothing(plan);
    const totals = { totalBytes: totalBytes(plan), totalImages: plan.images.length };
    const progress = createProgress({ work: 'export', job, totals });
    const run: ExportRun = {
      blobFile: (digest) => findBlobFile(settings.REGISTRYDIR, digest),
      onBytes: progress.add,
      signal,
    };
    const result = await write(out, plan, { isForDocker, partBytes, hasBlob }, run).finally(
      progress.clear,
    );
    return report(result, options);
  });
}

async function exportFrom(
  refs: readonly string[],
  options: ExportOptions,
  docker: boolean,
): Promise<void> {
  const { partSize, all = false, json = false, out, platform, since, against } = options;
  if (partSize !== undefined) {
    throw refuse('--part-size', partSize, 'with --server: no parts, but one tar');
  }
  const references = await readReferences(refs, options);
  const images = references.map(({ text }) => text);
  return exportElsewhere({ images, out, all, docker, platform, since, against, json });
}

async function readWanted(refs: readonly string[], options: ExportOptions): Promise<Order> {
  if (options.ordered) return readOrder();
  const references = await readReferences(refs, options);
  return { references, hasBlob: await readKnown(options) };
}

/** A blob that is gone meanwhile is missed where the cache has its blobs. */
function findBlobFile(root: string, digest: string): string {
  return findStoredBlob(root, digest)?.file ?? blobFile(root, digest);
}

interface WriteOptions {
  readonly isForDocker: boolean;
  readonly partBytes: number | undefined;
  readonly hasBlob: (digest: string) => boolean;
}

function write(
  out: string,
  plan: BundlePlan,
  { partBytes, ...options }: WriteOptions,
  run: ExportRun,
): Promise<ExportResult> {
  if (out === '-') return writeWhole(() => exportStream(process.stdout, plan, options, run));
  if (partBytes === undefined) return exportFolder(out, plan, options, run);
  return exportParts(out, plan, { ...options, partBytes }, run);
}

function readTool({ for: tool, platform, since, against }: ExportOptions): boolean {
  if (tool !== undefined && (since ?? against) !== undefined) {
    throw refuse('--for', tool, 'it without --since and --against: docker has no deltas');
  }
  if (tool !== undefined && tool !== 'docker') throw refuse('--for', tool, 'docker');
  if (platform !== undefined && tool === undefined) {
    throw refuse('--platform', platform, 'it together with --for docker');
  }
  return tool !== undefined;
}

function readPartSize({ partSize, out }: ExportOptions): number | undefined {
  if (partSize === undefined) return undefined;
  if (out === '-') throw refuse('--part-size', partSize, 'it together with a folder as --out');
  const bytes = unwrap(parseSize('--part-size', partSize));
  if (bytes < MIN_PART_BYTES)
    throw refuse('--part-size', partSize, `${formatSize(MIN_PART_BYTES)} or more`);
  return bytes;
}

/** Smaller ones would be files by the million. */
const MIN_PART_BYTES = 64 * 1024;

async function readReferences(
  refs: readonly string[],
  { all = false, list, out }: ExportOptions,
): Promise<ListedReference[]> {
  const named = refs.map((text) => ({ path: 'REF', text }));
  const listed = list === undefined ? [] : await readList(list);
  const isNone = named.length + listed.length === 0;
  if (isNone !== all) {
    const accepted = 'one of: images, --list FILE, --all';
    throw refuse(`export --out ${out}`, isNone ? 'no images' : 'images and --all', accepted);
  }
  if (out === '-' && process.stdout.isTTY) {
    throw refuse('--out', '-, which is a terminal', 'a pipe or a file behind it');
  }
  return [...named, ...listed];
}

function totalBytes({ manifests, blobs }: BundlePlan): number {
  const all = new Map([...manifests, ...blobs]);
  return [...all.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function reportNothing({ lacking }: BundlePlan): string {
  sayLacking(lacking);
  const failure = 'nothing to export: no image is whole here';
  warn(failure);
  process.exitCode = 1;
  return failure;
}

/** Returns why it counts as failed, if it does. */
function report(
  result: ExportResult,
  { out, all = false, json = false }: ExportOptions,
): string | undefined {
  sayLacking(result.lacking);
  if (result.isEarlier) {
    warn(`${out} has the rest of an earlier export now; what this one names needs a new folder`);
  }
  // Of all images, those that are whole were asked for.
  const isWrong = result.lacking.length > 0 && !all;
  if (isWrong) process.exitCode = 1;
  const text = json ? formatJson(result) : formatExport(result);
  if (out === '-') process.stderr.write(`${text}\n`);
  else console.log(text);
  return isWrong ? `${count(result.lacking.length, 'image')} left out` : undefined;
}

function sayLacking(lacking: ExportResult['lacking']): void {
  for (const { image, why } of lacking) warn(`left out ${image}: ${why}`);
}

function refuse(path: string, found: string, accepted: string): InvalidInputError {
  return new InvalidInputError([{ path, found, accepted }]);
}
