import { isDigest } from '@registry-cache/domain';

/** The body of a blob, at an upstream. */
export interface BodyKey {
  readonly upstreamId: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A body in part: its file has these bytes, sorted, each from its first to before its last one. */
export interface BegunBody extends BodyKey {
  readonly file: string;
  readonly ranges: readonly [number, number][];
}

/** So much is always missing, so that the registry is asked: it decides who may have the blob. */
const LEFT_BYTES = 64 * 1024;

export function formatHead(bootId: string, { upstreamId, digest, sizeBytes }: BodyKey): string {
  return `${bootId} ${upstreamId} ${digest} ${sizeBytes}\n`;
}

export function formatRange(start: number, end: number): string {
  return `${start} ${end}\n`;
}

/** @returns undefined for the list of another boot, and for any other text. */
export function parseJournal(
  text: string,
  place: { readonly file: string; readonly bootId: string; readonly fileBytes: number },
): BegunBody | undefined {
  // A line without an end was being written.
  const [head = '', ...lines] = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const [bootId, upstreamId = '', digest = '', size = ''] = head.split(' ');
  const sizeBytes = Number(size);
  if (bootId !== place.bootId || bootId === '') return undefined;
  if (!isDigest(digest) || !Number.isSafeInteger(sizeBytes)) return undefined;
  const found = lines.flatMap((line) => parseRange(line, Math.min(sizeBytes, place.fileBytes)));
  const ranges = cutEnd(merge(found), sizeBytes - LEFT_BYTES);
  return ranges.length === 0
    ? undefined
    : { file: place.file, upstreamId, digest, sizeBytes, ranges };
}

function parseRange(line: string, mostBytes: number): [number, number][] {
  const [, first, last] = /^(\d+) (\d+)$/.exec(line) ?? [];
  const [start, end] = [Number(first), Number(last)];
  return start < end && end <= mostBytes ? [[start, end]] : [];
}

function merge(ranges: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [start, end] of ranges.toSorted(([one], [other]) => one - other)) {
    const before = merged.at(-1);
    if (before === undefined || before[1] < start) merged.push([start, end]);
    else before[1] = Math.max(before[1], end);
  }
  return merged;
}

function cutEnd(ranges: readonly [number, number][], end: number): [number, number][] {
  return ranges.flatMap(([start, last]) => (start < end ? [[start, Math.min(last, end)]] : []));
}
