import type { ExplainAnswer } from '@registry-cache/admin';
import { formatSize } from '@registry-cache/domain';
import { formatColumns } from '../admin/format-columns.ts';
import { formatTime } from '../admin/format-time.ts';

/** A line for each right, and below them the way of the image: tag, manifest, layers, referrers. */
export function formatExplain(answer: ExplainAnswer): string[] {
  const { rights, upstream, tag, manifest, referrers, probe } = answer;
  const way = [
    ...(tag === undefined ? [] : formatTag(answer.reference, tag)),
    ...(manifest === undefined ? [] : formatManifest(manifest)),
    ...(probe === undefined ? [] : [formatProbe(upstream ?? '', probe)]),
    ...referrers.map(formatReferrer),
    ...formatUse(answer),
  ];
  return [
    ...rights.map(formatRight),
    ...(upstream === undefined ? [] : ['', `upstream ${upstream}, ${answer.repository}`]),
    ...way,
    ...(manifest === undefined ? [] : formatLayers(manifest)),
  ];
}

type Tag = NonNullable<ExplainAnswer['tag']>;
type Manifest = NonNullable<ExplainAnswer['manifest']>;

/** `fetch no (rule 3: use valkey)` */
function formatRight({ right, allowed, reason }: ExplainAnswer['rights'][number]): string {
  return `${right} ${allowed ? 'yes' : 'no'} (${reason})`;
}

function formatTag(name: string, { digest, checked, freshUntil, next }: Tag): string[] {
  const memory = [
    digest ?? 'not here',
    ...(checked === undefined ? [] : [`checked ${formatTime(checked)}`]),
    ...(freshUntil === undefined ? [] : [`fresh until ${formatTime(freshUntil)}`]),
  ];
  return [`tag ${name}: ${memory.join(', ')}`, `next pull: ${next}`];
}

function formatManifest({ digest, mediaType, here, bytes, lastAccess, next }: Manifest): string[] {
  const parts = [
    here ? 'here' : 'not here',
    ...(here && bytes !== undefined ? [formatSize(bytes)] : []),
    ...(here && lastAccess !== undefined ? [`last used ${formatTime(lastAccess)}`] : []),
    ...(mediaType === '' ? [] : [mediaType]),
  ];
  const line = `manifest ${digest}: ${parts.join(', ')}`;
  return [line, ...(next === undefined ? [] : [`next pull: ${next}`])];
}

function formatProbe(upstream: string, probe: NonNullable<ExplainAnswer['probe']>): string {
  const { status, ms, digest, moved, limit, remaining, error } = probe;
  const move = { true: 'moved', false: 'the same as here', undefined: undefined }[`${moved}`];
  const parts = [
    ...(status === undefined ? [] : [`answered ${status}`]),
    ...[`after ${ms}ms`, digest, move],
    ...(limit === undefined ? [] : [`${remaining ?? '?'} of ${limit} requests left`]),
    error,
  ];
  return `asked now: ${upstream} ${parts.filter((part) => part !== undefined).join(', ')}`;
}

function formatReferrer(referrer: ExplainAnswer['referrers'][number]): string {
  const { digest, artifactType, bytes, here } = referrer;
  const kind = artifactType === '' ? '' : `, ${artifactType}`;
  return `referrer ${digest}: ${here ? `here, ${formatSize(bytes)}` : 'not here'}${kind}`;
}

function formatUse({ pinned, pulled, pulls }: ExplainAnswer): string[] {
  return [
    ...(pinned ? ['pinned: the cleaner leaves it alone'] : []),
    ...(pulled === undefined ? [] : [`last pull ${formatTime(pulled)}, ${pulls} in all`]),
  ];
}

/** A row for each layer; a platform that is not here has one without a layer. */
function formatLayers({ platforms, here: isTopHere }: Manifest): string[] {
  if (!isTopHere) return [];
  const rows = platforms.flatMap(({ platform, digest, here, layers }) => {
    const name = platform === '' ? '-' : platform;
    if (!here) return [[name, digest, '', 'manifest not here', '', '']];
    return layers.map((layer) => {
      const used = layer.lastAccess === undefined ? '' : formatTime(layer.lastAccess);
      return [
        name,
        layer.digest,
        formatSize(layer.bytes),
        formatState(layer),
        used,
        layer.mediaType,
      ];
    });
  });
  const head = ['PLATFORM', 'CONFIG AND LAYERS', 'SIZE', 'STATE', 'LAST USED', 'TYPE'];
  return rows.length === 0 ? [] : ['', ...formatColumns(head, rows)];
}

function formatState(layer: Manifest['platforms'][number]['layers'][number]): string {
  const { here, linked, foreign } = layer;
  if (here) return linked ? 'here' : 'here for others';
  return foreign === true ? 'from elsewhere' : 'not here';
}
