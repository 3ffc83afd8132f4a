import { quoteFound, withReference } from '@registry-cache/domain';
import type { ListDraft } from '../list.ts';
import { isMap, noteKeys, readMap, readTexts, type YamlMap } from '../read/node.ts';
import { compilePattern } from '../tags/go-pattern.ts';
import { compileMastermindsRange, parseTagVersion } from '../tags/masterminds-range.ts';

/** Source: skopeo-sync(1), "YAML file content"; cmd/skopeo/sync.go, registrySyncConfig. */
const KEYS = {
  used: ['images', 'images-by-tag-regex', 'images-by-semver'],
  unused: ['credentials', 'tls-verify', 'cert-dir'],
};

export function isSkopeo(document: YamlMap): boolean {
  const values = Object.values(document);
  const hasImages = (one: YamlMap) => KEYS.used.some((key) => key in one);
  if ('services' in document || !values.every(isMap)) return false;
  return values.filter(isMap).some(hasImages);
}

/** The map of registries that `skopeo sync --src yaml` reads. */
export function parseSkopeo(draft: ListDraft, document: YamlMap): void {
  for (const [registry, node] of Object.entries(document)) {
    const map = readMap(draft, registry, node);
    noteKeys(draft, registry, map, KEYS);
    for (const key of KEYS.used) {
      const path = `${registry}.${key}`;
      for (const [repository, given] of Object.entries(readMap(draft, path, map[key]))) {
        const place = { registry, key, repository, path: `${path}.${repository}` };
        ADD[key]?.(draft, place, readTexts(draft, place.path, given));
      }
    }
  }
}

interface Place {
  readonly registry: string;
  readonly key: string;
  readonly repository: string;
  readonly path: string;
}

type Add = (draft: ListDraft, place: Place, given: readonly string[]) => void;

const ADD: Readonly<Record<string, Add>> = {
  images: addImages,
  'images-by-tag-regex': addByPattern,
  'images-by-semver': addByVersion,
};

/** No tag at all stands for every tag. */
function addImages(draft: ListDraft, place: Place, tags: readonly string[]): void {
  if (tags.length === 0) addTags(draft, place, tags, (all) => all);
  const { registry, repository, path } = place;
  for (const tag of tags) {
    const reference = withReference(`${registry}/${repository}`, tag);
    draft.entries.push({ path, kind: 'image', platforms: [], reference });
  }
}

/** The expression may match anywhere in the tag. */
function addByPattern(draft: ListDraft, place: Place, given: readonly string[]): void {
  const patterns = given.map(compilePattern);
  if (patterns.length === 0 || patterns.includes(undefined)) {
    refuse(draft, place, given, 'an expression of Go, such as ^1\\.13\\.');
    return;
  }
  addTags(draft, place, given, (all) => all.filter((tag) => patterns.some((one) => one?.(tag))));
}

function addByVersion(draft: ListDraft, place: Place, given: readonly string[]): void {
  const ranges = given.map(compileMastermindsRange);
  if (ranges.length === 0 || ranges.includes(undefined)) {
    refuse(draft, place, given, 'a range of versions, such as >= 3.12.0');
    return;
  }
  addTags(draft, place, given, (all) =>
    all.filter((tag) => {
      const version = parseTagVersion(tag);
      return version !== undefined && ranges.some((one) => one?.(version));
    }),
  );
}

function addTags(
  draft: ListDraft,
  { registry, key, repository, path }: Place,
  given: readonly string[],
  choose: (tags: readonly string[]) => readonly string[],
): void {
  const [only] = given;
  const value = given.length === 1 ? only : given;
  draft.entries.push({
    path,
    kind: 'image',
    platforms: [],
    name: `${registry}/${repository}`,
    choose,
    source: { [registry]: { [key]: { [repository]: value } } },
  });
}

function refuse(
  { issues }: ListDraft,
  { path }: Place,
  given: readonly string[],
  accepted: string,
) {
  issues.push({ path, found: quoteFound(given.length === 1 ? given[0] : given), accepted });
}
