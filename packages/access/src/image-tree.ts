import { compileGlob, type Glob } from './glob.ts';
import type { ImagePattern } from './image-pattern.ts';

/** An entry that was found for an image. */
export interface Match<T> {
  readonly value: T;
  /** Undefined if the pattern speaks for the whole repository. */
  readonly tag: Glob | undefined;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  readonly globs: Map<string, { readonly glob: Glob; readonly node: Node<T> }>;
  /** The node behind `**`. It stays for each part that follows. */
  deep: Node<T> | undefined;
  readonly isDeep: boolean;
  /** Patterns with `**` inside a part, such as `app**`, over all parts that are left. */
  readonly rests: { readonly glob: Glob; readonly match: Match<T> }[];
  readonly matches: Match<T>[];
}

/**
 * Patterns as a tree of their parts. A look-up costs as much as the patterns that share parts with
 * the image, not as all that there are.
 */
export class ImageTree<T> {
  readonly #root = createNode<T>(false);

  add(pattern: ImagePattern, value: T): void {
    const match = {
      value,
      tag: pattern.tag === undefined ? undefined : compileGlob(pattern.tag, undefined),
    };
    let node = this.#root;
    for (const [index, part] of pattern.parts.entries()) {
      if (part !== '**' && part.includes('**')) {
        const rest = pattern.parts.slice(index).join('/');
        node.rests.push({ glob: compileGlob(rest, '/'), match });
        return;
      }
      node = childOf(node, part);
    }
    node.matches.push(match);
  }

  /** The entries of all patterns that match `registry/repository`, in no order. */
  find(image: string): Match<T>[] {
    const parts = image.split('/');
    const found: Match<T>[] = [];
    let nodes = new Set([this.#root]);
    for (const [index, part] of parts.entries()) {
      const next = new Set<Node<T>>();
      for (const node of nodes) {
        collectRests(node, parts, index, found);
        for (const follower of followers(node, part)) next.add(follower);
      }
      nodes = next;
    }
    for (const node of nodes) found.push(...node.matches);
    return found;
  }
}

function createNode<T>(isDeep: boolean): Node<T> {
  return { literals: new Map(), globs: new Map(), deep: undefined, isDeep, rests: [], matches: [] };
}

function childOf<T>(node: Node<T>, part: string): Node<T> {
  if (part === '**') {
    node.deep ??= createNode(true);
    return node.deep;
  }
  const known = part.includes('*') ? node.globs.get(part)?.node : node.literals.get(part);
  if (known !== undefined) return known;
  const child = createNode<T>(false);
  if (part.includes('*')) node.globs.set(part, { glob: compileGlob(part, '/'), node: child });
  else node.literals.set(part, child);
  return child;
}

function* followers<T>(node: Node<T>, part: string): Generator<Node<T>> {
  const literal = node.literals.get(part);
  if (literal !== undefined) yield literal;
  for (const { glob, node: child } of node.globs.values()) if (glob(part)) yield child;
  if (node.deep !== undefined) yield node.deep;
  if (node.isDeep) yield node;
}

function collectRests<T>(
  node: Node<T>,
  parts: readonly string[],
  index: number,
  found: Match<T>[],
): void {
  if (node.rests.length === 0) return;
  const rest = parts.slice(index).join('/');
  for (const { glob, match } of node.rests) if (glob(rest)) found.push(match);
}
