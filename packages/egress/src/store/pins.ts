import {
  type BrokenPin,
  findPin,
  isBrokenPin,
  isFrozen,
  listDigestPins,
  listFrozenTags,
  type Pin,
} from '@registry-cache/pins';
import { createBoundedMap } from '@registry-cache/runtime';
import type { TagReference } from './tags.ts';

/** The pin of a tag, as far as serving it goes. */
export type TagPin =
  /** Whatever its registry says, the tag has this digest. */
  | { readonly kind: 'frozen'; readonly digest: string }
  /** The tag goes on being checked at its registry. */
  | { readonly kind: 'following' }
  /** The pin cannot be read, so the tag keeps the digest that it has here. */
  | { readonly kind: 'broken' };

/** The pins of tags. They are read anew at each look. */
export interface PinStore {
  /** Undefined for a tag without a pin. */
  find(reference: TagReference): Promise<TagPin | undefined>;
  /** The frozen tags of a repository, and those with a pin that cannot be read. */
  listFrozen(upstreamId: string, repository: string): Promise<readonly string[]>;
  /** The digests of a repository that were pushed without a tag, or came so from a bundle. */
  listBrought(upstreamId: string, repository: string): Promise<readonly string[]>;
}

export interface PinStoreOptions {
  /** Called once for each new state of a pin that cannot be read. */
  readonly onBrokenPin: (pin: BrokenPin) => void;
}

/** As many broken pins are remembered. */
const CAPACITY = 1_000;

export function openPinStore(root: string, { onBrokenPin }: PinStoreOptions): PinStore {
  const told = createBoundedMap<string, string>(CAPACITY);
  const judge = (pin: Pin | BrokenPin): TagPin => {
    if (isBrokenPin(pin)) {
      if (told.get(pin.file) !== pin.problem) onBrokenPin(pin);
      told.set(pin.file, pin.problem);
      return { kind: 'broken' };
    }
    return isFrozen(pin) ? { kind: 'frozen', digest: pin.digest } : { kind: 'following' };
  };
  return {
    async find({ upstreamId, repository, tag }) {
      const pin = await findPin(root, upstreamId, repository, tag);
      return pin && judge(pin);
    },
    listFrozen: (upstreamId, repository) => listFrozenTags(root, upstreamId, repository),
    async listBrought(upstreamId, repository) {
      const pins = await listDigestPins(root, upstreamId, repository);
      return pins
        .filter(({ why }) => why === 'mirrored' || why === 'import')
        .map(({ digest }) => digest);
    },
  };
}
