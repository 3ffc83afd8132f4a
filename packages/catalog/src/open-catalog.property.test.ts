import { setTimeout } from 'node:timers/promises';
import { subjectOfTag } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openCatalog } from './open-catalog.ts';
import { digestOf, REPOSITORY, TestStore } from './testing/store.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const name = fc.constantFrom(...NAMES);
const names = fc.uniqueArray(name, { maxLength: 3 });
const tag = fc.oneof(
  fc.constantFrom('v1', 'v2'),
  name.map((subject) => `${digestOf(subject).replace(':', '-')}.sig`),
);
const change = fc.oneof(
  fc.record({ add: name, children: names, layers: names, subject: fc.option(name) }),
  fc.record({ unlink: name }),
  fc.record({ tag, of: name }),
  fc.record({ untag: tag }),
  fc.record({ subject: name, referrers: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }) }),
  fc.record({ restMs: fc.constantFrom(1, 60) }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** What was written, as a plain list of edges. */
class Oracle {
  readonly manifests = new Map<string, { to: string[]; subject: string | null }>();
  readonly tags = new Map<string, string>();
  readonly lists = new Map<string, string[]>();

  tagsLeadingTo(wanted: string): string[] {
    const plain = [...this.tags].filter(([name]) => subjectOfTag(name) === undefined);
    return plain.flatMap(([name, start]) => (this.#reach(start).has(wanted) ? [name] : [])).sort();
  }

  #reach(start: string): Set<string> {
    const reached = new Set([start]);
    for (const from of reached) {
      const next = [
        ...(this.manifests.get(from)?.to ?? []),
        ...[...this.manifests].flatMap(([at, { subject }]) => (subject === from ? [at] : [])),
        ...[...this.tags].flatMap(([name, of]) =>
          subjectOfTag(name) === digestOf(from) ? [of] : [],
        ),
        ...(this.lists.get(from) ?? []),
      ];
      for (const to of next) reached.add(to);
    }
    return reached;
  }
}

/** A manifest is stored under the digest of its name, so that circles are possible. */
function apply(store: TestStore, oracle: Oracle, given: Change): void {
  const describe = (of: readonly string[]) => of.map((each) => ({ digest: digestOf(each) }));
  if ('add' in given && !oracle.manifests.has(given.add)) {
    const { add, children, layers, subject } = given;
    const value = {
      manifests: describe(children),
      layers: describe(layers),
      ...(subject !== null && { subject: { digest: digestOf(subject) } }),
    };
    store.addAs(digestOf(add), JSON.stringify(value));
    oracle.manifests.set(add, { to: [...children, ...layers], subject });
  }
  if ('unlink' in given && oracle.manifests.delete(given.unlink)) {
    store.removeLink(digestOf(given.unlink));
  }
  if ('tag' in given) {
    store.tag(given.tag, digestOf(given.of));
    oracle.tags.set(given.tag, given.of);
  }
  if ('untag' in given && oracle.tags.delete(given.untag)) store.removeTag(given.untag);
  if ('referrers' in given) {
    store.listReferrers(digestOf(given.subject), ...given.referrers.map(digestOf));
    oracle.lists.set(given.subject, given.referrers);
  }
}

it('says after every change of the store what a walk over all edges says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 25 }), async (changes) => {
      const store = new TestStore();
      const oracle = new Oracle();
      const catalog = openCatalog(store.root);
      // A digest always names the same content, so a removed manifest does not come back changed.
      const removed = new Set<string>();
      for (const given of changes) {
        if ('restMs' in given) await setTimeout(given.restMs);
        if ('unlink' in given) removed.add(given.unlink);
        if (!('add' in given && removed.has(given.add))) apply(store, oracle, given);
        for (const wanted of NAMES) {
          const digest = digestOf(wanted);
          expect(await catalog.tagsLeadingTo({ ...REPOSITORY, digest })).toEqual(
            oracle.tagsLeadingTo(wanted),
          );
        }
      }
    }),
    { seed: 12, numRuns: 60 },
  );
});
