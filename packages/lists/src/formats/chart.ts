import { quoteFound } from '@registry-cache/domain';
import type { SemVer } from 'semver';
import type { ListDraft } from '../list.ts';
import { compileMastermindsRange, parseTagVersion } from '../tags/masterminds-range.ts';

export interface Chart {
  /** The chart, or the whole address of it. */
  readonly name: string;
  /** `oci://ghcr.io/team/charts`. */
  readonly repository: string;
  /** A version, a range of them, or nothing for the newest. */
  readonly version: string;
  /** A list of this chart alone. */
  readonly source: object;
}

const OCI = /^oci:\/\//;
const EXACT = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/;

/** Adds a chart in an OCI registry. Any other chart is told. */
export function addChart(draft: ListDraft, path: string, chart: Chart): void {
  const address = OCI.test(chart.name) ? chart.name : `${chart.repository}/${chart.name}`;
  if (!OCI.test(address)) {
    draft.note(path, 'a chart that is not in an OCI registry, not followed');
    return;
  }
  const name = address.replace(OCI, '').replace(/\/{2,}/g, '/');
  const common = { path, kind: 'chart', platforms: [] } as const;
  // Tags have no plus sign, and helm writes an underscore for it.
  const tag = chart.version.replaceAll('+', '_');
  if (EXACT.test(chart.version)) {
    draft.entries.push({ ...common, reference: `${name}:${tag}` });
    return;
  }
  const isWanted = chart.version === '' ? isStable : compileMastermindsRange(chart.version);
  if (isWanted === undefined) {
    const accepted = 'a version or a range of versions, such as ^1.2';
    draft.issues.push({ path: `${path}.version`, found: quoteFound(chart.version), accepted });
    return;
  }
  const choose = (tags: readonly string[]) => newest(tags, isWanted);
  draft.entries.push({ ...common, name, choose, source: chart.source });
}

function isStable({ prerelease }: SemVer): boolean {
  return prerelease.length === 0;
}

/** The tag of the newest version, in a list; helm takes that of a range. */
function newest(
  tags: readonly string[],
  isWanted: (version: SemVer) => boolean,
): readonly string[] {
  const versions = tags.flatMap((tag) => {
    const version = parseTagVersion(tag.replaceAll('_', '+'));
    return version !== undefined && isWanted(version) ? [{ tag, version }] : [];
  });
  const [first] = versions.toSorted((one, other) => other.version.compare(one.version));
  return first === undefined ? [] : [first.tag];
}
