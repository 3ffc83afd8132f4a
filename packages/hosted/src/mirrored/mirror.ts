import type { FindTags } from '@registry-cache/access';
import type { ServedRegistry } from '@registry-cache/domain';
import type { ImportTarget } from '@registry-cache/intake';
import { HostedError } from '../http/answer.ts';
import type { Context, Reserve } from '../routes/context.ts';
import type { EgressDoor } from './egress-door.ts';
import type { Turns } from './turns.ts';

/** What pushes into upstreams' names work with. */
export interface Mirror {
  /** For their uploads. It has a room of its own: the cleaner counts these bytes. */
  readonly uploads: Context;
  readonly storeRoot: string;
  readonly openTarget: (upstreamId: string) => ImportTarget;
  readonly reserve: Reserve;
  readonly egress: EgressDoor;
  /** The registries that are served, as they are now. */
  readonly registries: () => Promise<readonly ServedRegistry[]>;
  /** Finds the tags of a repository that lead to a digest. */
  readonly findTags: (upstreamId: string, repository: string) => FindTags;
  /** Makes one change of a repository at a time. */
  readonly turns: Turns;
}

/** A repository of an upstream. */
export interface MirroredRepository {
  readonly registry: ServedRegistry;
  readonly repository: string;
}

/** The repository as rules of access name it. */
export function imageOf({ registry, repository }: MirroredRepository): string {
  return `${registry.host}/${repository}`;
}

/** @throws HostedError 404 for an upstream that has just gone. */
export async function requireRegistry(
  { registries }: Pick<Mirror, 'registries'>,
  id: string,
): Promise<ServedRegistry> {
  const found = (await registries()).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new HostedError(404, 'NAME_UNKNOWN', 'this registry is not served here any more');
}

/** The repository that a client names: `quay.io/org/app`, or one of `near` without a registry. */
export function findRepository(
  registries: readonly ServedRegistry[],
  name: string,
  near: ServedRegistry,
): MirroredRepository {
  const prefixes = registries.flatMap((registry) =>
    registry.prefixes
      .filter((prefix) => name.startsWith(`${prefix}/`))
      .map((prefix) => ({ registry, length: prefix.length })),
  );
  const [longest] = prefixes.sort((one, other) => other.length - one.length);
  if (longest === undefined) return { registry: near, repository: name };
  const { registry } = longest;
  // The edge too takes away the first part alone, and knows Docker Hub's own images.
  const own = name.slice(name.indexOf('/') + 1);
  const isOfficial = registry.hasLibrary && !own.includes('/');
  return { registry, repository: isOfficial ? `library/${own}` : own };
}
