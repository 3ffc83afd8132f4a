import { isDigest } from '@registry-cache/domain';
import {
  addPin,
  findPin,
  type InspectedPin,
  inspectPin,
  isBrokenPin,
  isFrozen,
  type Pin,
  type PinReason,
} from '@registry-cache/pins';
import type { Audit } from '@registry-cache/runtime';
import { renewTimes } from '../warm/here/renew.ts';

/** An image with its place in the store. */
export interface PlacedImage {
  /** `quay.io/coreos/etcd:v3.5.1` */
  readonly name: string;
  readonly upstreamId: string;
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly digest: string;
}

/** Who pins by a command in the container. */
const OPERATOR = 'operator';

/**
 * Pins an image for an operator. A tag that is frozen stays so: nothing is changed then.
 *
 * What the pin holds counts as used now. A run of the cleaner that has read the pins before leaves
 * alone what was used since.
 *
 * @returns the pin that is in force, with what it holds.
 * @throws Error with the system's code.
 */
export async function pinImage(
  store: string,
  image: PlacedImage,
  why: PinReason,
  audit: Pick<Audit, 'record'>,
): Promise<InspectedPin<Pin>> {
  const pin = (await findFrozen(store, image, why)) ?? toPin(image, why);
  if (pin.why === why) {
    await addPin(store, pin);
    const { name, digest } = image;
    audit.record({
      event: 'pin',
      user: OPERATOR,
      way: 'operator',
      image: name,
      digest,
      because: why,
    });
  }
  const { sizes } = await inspectPin(store, pin);
  await renewTimes(store, sizes.keys());
  return inspectPin(store, pin);
}

function toPin(image: PlacedImage, why: PinReason): Pin {
  const { upstreamId, repository, reference, digest } = image;
  const since = new Date().toISOString();
  const tag = isDigest(reference) ? undefined : reference;
  return { upstreamId, repository, tag, digest, why, by: OPERATOR, since };
}

/** The pin that has frozen the tag, unless this one freezes it anew. */
async function findFrozen(
  store: string,
  { upstreamId, repository, reference }: PlacedImage,
  why: PinReason,
): Promise<Pin | undefined> {
  if (isDigest(reference)) return undefined;
  const pin = await findPin(store, upstreamId, repository, reference);
  const isOther = pin !== undefined && !isBrokenPin(pin) && isFrozen(pin);
  return isOther && (why === 'pin' || why === 'warm') ? pin : undefined;
}
