import type { FetchesAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { formatColumns } from './format-columns.ts';
import { formatTime } from './format-time.ts';

/** What runs, and then what has ended, the newest nearest to the prompt. */
export function formatFetches({ running, past }: FetchesAnswer): string[] {
  const now = (running ?? []).map((fetch) => {
    const { since, doneBytes, totalBytes, waiting, firstByteMs } = fetch;
    const of = totalBytes === undefined ? '' : ` of ${formatSize(totalBytes)}`;
    return [
      ...[formatTime(since), nameOf(fetch), `${formatSize(doneBytes)}${of}`],
      ...[formatMs(firstByteMs), String(waiting), formatFrom(fetch)],
    ];
  });
  const ended = past.toReversed().map((fetch) => {
    const { ended: time, outcome, bytes, ms, firstByteMs, waited, error = '' } = fetch;
    return [
      ...[formatTime(time), outcome, nameOf(fetch), formatSize(bytes), formatMs(ms)],
      ...[formatMs(firstByteMs), String(waited), formatFrom(fetch), error],
    ];
  });
  const RUNNING = ['SINCE', 'BLOB', 'DONE', 'FIRST BYTE', 'WAITING', 'FROM'];
  const PAST = ['ENDED', 'OUTCOME', 'BLOB', 'SIZE', 'TOOK', 'FIRST BYTE', 'WAITED', 'FROM', 'WHY'];
  return [
    ...(ended.length === 0 ? ['no past fetches'] : formatColumns(PAST, ended)),
    '',
    ...(running === undefined
      ? ['egress is away']
      : now.length === 0
        ? ['nothing is being fetched']
        : formatColumns(RUNNING, now)),
  ];
}

interface Named {
  readonly upstream: string;
  readonly repository: string;
  readonly digest: string;
}

/** The image, and enough of the digest to find it. */
function nameOf({ upstream, repository, digest }: Named): string {
  return `${upstream}/${repository}@${digest.slice(0, 'sha256:'.length + 12)}`;
}

/** The host that answered, and what it is where that is not the registry itself. */
function formatFrom({
  from,
  source = 'upstream',
}: FetchesAnswer['past'][number] | Running): string {
  return source === 'upstream' ? from : `${from} (${source})`;
}

type Running = NonNullable<FetchesAnswer['running']>[number];

function formatMs(ms: number | undefined): string {
  return ms === undefined ? '' : `${Math.round(ms)}ms`;
}
