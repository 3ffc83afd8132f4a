import { subjectOfTag } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ImageGraph } from './image-graph.ts';
import type { ManifestLinks } from './parse-manifest.ts';

const DIGESTS = Array.from('0123456789ab', (digit) => `sha256:${digit.repeat(64)}`);
const digest = fc.constantFrom(...DIGESTS);
const digests = fc.uniqueArray(digest, { maxLength: 4 });
const tag = fc.oneof(
  fc.constantFrom('v1', 'v2', 'latest'),
  fc
    .tuple(digest, fc.constantFrom('', '.sig', '.att'))
    .map(([subject, ending]) => `${subject.replace(':', '-')}${ending}`),
);
const links: fc.Arbitrary<ManifestLinks> = fc.record({
  children: digests,
  subject: fc.option(digest, { nil: undefined }),
});
const step = fc.oneof(
  fc.record({ manifest: digest, links }),
  fc.record({ kept: digests }),
  fc.record({ tags: fc.dictionary(tag, digest, { maxKeys: 5, noNullPrototype: true }) }),
  fc.record({ lists: fc.array(fc.tuple(digest, digests), { maxLength: 2 }) }),
);

interface State {
  manifests: Map<string, ManifestLinks>;
  tags: [string, string][];
  lists: [string, string[]][];
}

/** Goes down from each tag, again and again, until nothing is new. */
function findTagsLeadingTo({ manifests, tags, lists }: State, wanted: string): string[] {
  const reaches = (start: string) => {
    const reached = new Set([start]);
    for (let size = 0; size < reached.size; ) {
      size = reached.size;
      for (const from of [...reached]) {
        for (const child of manifests.get(from)?.children ?? []) reached.add(child);
        for (const [referrer, { subject }] of manifests)
          if (subject === from) reached.add(referrer);
        for (const [name, current] of tags) if (subjectOfTag(name) === from) reached.add(current);
        for (const [subject, listed] of lists) {
          if (subject === from) for (const referrer of listed) reached.add(referrer);
        }
      }
    }
    return reached.has(wanted);
  };
  return tags.flatMap(([name, current]) =>
    subjectOfTag(name) === undefined && reaches(current) ? [name] : [],
  );
}

it('finds the tags that a walk down from every tag finds, after any changes', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
      const graph = new ImageGraph();
      const state: State = { manifests: new Map(), tags: [], lists: [] };
      for (const change of steps) {
        if ('manifest' in change && !graph.has(change.manifest)) {
          graph.addManifest(change.manifest, change.links);
          state.manifests.set(change.manifest, change.links);
        }
        if ('tags' in change) state.tags = Object.entries(change.tags);
        if ('lists' in change) state.lists = change.lists;
        if ('kept' in change) {
          graph.keepManifests((known) => change.kept.includes(known));
          for (const known of [...state.manifests.keys()]) {
            if (!change.kept.includes(known)) state.manifests.delete(known);
          }
        }
        if ('tags' in change || 'kept' in change) graph.setTags(state.tags);
        if ('lists' in change || 'kept' in change) graph.setReferrers(state.lists);
        for (const wanted of DIGESTS) {
          expect(graph.tagsLeadingTo(wanted)).toEqual(findTagsLeadingTo(state, wanted).sort());
        }
      }
      expect(graph.manifestCount).toBe(state.manifests.size);
    }),
    { seed: 12, numRuns: 1_000 },
  );
});
