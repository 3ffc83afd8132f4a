import { subjectOfTag } from '@registry-cache/domain';
import { fromKey, toKey } from './digest-key.ts';
import type { ManifestLinks } from './parse-manifest.ts';

/** An object, its key and its place in the map. Measured with Node.js 24, and rounded up. */
const NODE_BYTES = 200;
const EDGE_BYTES = 24;
const TAG_BYTES = 300;
/** How many tags all remembered answers hold together: 8 bytes each. */
const MAX_ANSWERED_TAGS = 65_536;

interface Node {
  readonly key: string;
  /**
   * The manifests here that lead to this content. Most content has one parent, and a list of one
   * would take more memory than the node.
   */
  parents: Node | Node[] | undefined;
  /** For a manifest that is here. */
  content: { readonly children: readonly Node[]; readonly subject: Node | undefined } | undefined;
}

/**
 * What leads to what in one repository. A tag leads to its digest. A manifest that is here leads to
 * its config, its layers and its manifests. Any content leads to its referrers: the manifests here
 * with it as their `subject`, the ones that the upstream listed, and the one of its tag `sha256-…`.
 */
export class ImageGraph {
  #nodes = new Map<string, Node>();
  #manifestCount = 0;
  #edges = 0;
  #tagCount = 0;
  #tagsOf = new Map<Node, string[]>();
  #subjectsByTag = new Map<Node, Node[]>();
  #subjectsByList = new Map<Node, Node[]>();
  #answers = new Map<string, readonly string[]>();
  #answeredTags = 0;

  /** About the memory that the graph takes, in bytes. */
  get sizeBytes(): number {
    return this.#nodes.size * NODE_BYTES + this.#edges * EDGE_BYTES + this.#tagCount * TAG_BYTES;
  }

  /** Whether the manifest was added. */
  has(digest: string): boolean {
    return this.#nodes.get(toKey(digest))?.content !== undefined;
  }

  /** The number of manifests that were added. */
  get manifestCount(): number {
    return this.#manifestCount;
  }

  /** Adds a manifest that is here. It must not be added twice: its content never changes. */
  addManifest(digest: string, { children, subject }: ManifestLinks): void {
    const links = children.map((child) => this.#node(toKey(child)));
    this.#connect(
      this.#node(toKey(digest)),
      links,
      subject === undefined ? undefined : this.#node(toKey(subject)),
    );
    this.#forgetAnswers();
  }

  /** Keeps these manifests only. Call `setTags` and `setReferrers` after it. */
  keepManifests(isKept: (digest: string) => boolean): void {
    const before = this.#nodes;
    this.#nodes = new Map();
    this.#manifestCount = 0;
    this.#edges = 0;
    for (const { key, content } of before.values()) {
      if (content === undefined || !isKept(fromKey(key))) continue;
      const children = content.children.map((child) => this.#node(child.key));
      this.#connect(this.#node(key), children, content.subject && this.#node(content.subject.key));
    }
    this.#forgetAnswers();
  }

  /** Replaces all tags. */
  setTags(tags: Iterable<readonly [tag: string, digest: string]>): void {
    this.#tagsOf = new Map();
    this.#subjectsByTag = new Map();
    this.#tagCount = 0;
    for (const [tag, digest] of tags) {
      const subject = subjectOfTag(tag);
      const node = this.#node(toKey(digest));
      if (subject === undefined) push(this.#tagsOf, node, tag);
      else push(this.#subjectsByTag, node, this.#node(toKey(subject)));
      this.#tagCount += 1;
    }
    this.#forgetAnswers();
  }

  /** Replaces all referrers that the upstream listed. */
  setReferrers(lists: Iterable<readonly [subject: string, referrers: readonly string[]]>): void {
    for (const subjects of this.#subjectsByList.values()) this.#edges -= subjects.length;
    this.#subjectsByList = new Map();
    for (const [subject, referrers] of lists) {
      const node = this.#node(toKey(subject));
      for (const referrer of referrers) {
        push(this.#subjectsByList, this.#node(toKey(referrer)), node);
      }
      this.#edges += referrers.length;
    }
    this.#forgetAnswers();
  }

  /** The tags that lead to a digest, in order. Tags of the form `sha256-…` are never among them. */
  tagsLeadingTo(digest: string): readonly string[] {
    const key = toKey(digest);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const node = this.#nodes.get(key);
    if (node === undefined) return [];
    const tags = this.#walkUp(node).sort();
    this.#answeredTags += tags.length + 1;
    if (this.#answeredTags > MAX_ANSWERED_TAGS) this.#forgetAnswers();
    this.#answers.set(node.key, tags);
    return tags;
  }

  /** Visits each node once, so a circle ends. */
  #walkUp(start: Node): string[] {
    const found: string[] = [];
    const seen = new Set([start]);
    // A Set gives also the entries that are added during the walk.
    for (const node of seen) {
      for (const tag of this.#tagsOf.get(node) ?? []) found.push(tag);
      for (const parent of listOf(node.parents)) seen.add(parent);
      if (node.content?.subject !== undefined) seen.add(node.content.subject);
      for (const subject of this.#subjectsByTag.get(node) ?? []) seen.add(subject);
      for (const subject of this.#subjectsByList.get(node) ?? []) seen.add(subject);
    }
    return found;
  }

  #connect(node: Node, children: readonly Node[], subject: Node | undefined): void {
    node.content = { children, subject };
    for (const child of children) child.parents = append(child.parents, node);
    this.#manifestCount += 1;
    this.#edges += children.length;
  }

  #node(key: string): Node {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const node: Node = { key, parents: undefined, content: undefined };
    this.#nodes.set(key, node);
    return node;
  }

  #forgetAnswers(): void {
    if (this.#answers.size > 0) this.#answers = new Map();
    this.#answeredTags = 0;
  }
}

function append(nodes: Node['parents'], node: Node): Node | Node[] {
  if (nodes === undefined) return node;
  if (!Array.isArray(nodes)) return [nodes, node];
  nodes.push(node);
  return nodes;
}

function listOf(nodes: Node['parents']): readonly Node[] {
  if (Array.isArray(nodes)) return nodes;
  return nodes === undefined ? [] : [nodes];
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
