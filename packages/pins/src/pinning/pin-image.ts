import { type AuditEvent, isDigest } from '@registry-cache/domain';
import type { Audit } from '@registry-cache/runtime';
import { type InspectedPin, inspectPin } from '../held/inspect-pins.ts';
import { isBrokenPin, isFrozen, type Pin, type PinReason } from '../record/pin.ts';
import { findPin } from '../record/read-pins.ts';
import { addPin } from '../record/write-pins.ts';
import { renewTimes } from './renew-times.ts';

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

/** Who pins, as the audit log has it. */
export type Pinner = Pick<AuditEvent, 'from' | 'way'> & { readonly user: string };

/** Who pins by a command in the container. */
const OPERATOR: Pinner = { user: 'operator', way: 'operator' };

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
  who: Pinner = OPERATOR,
): Promise<InspectedPin<Pin>> {
  const pin = (await findFrozen(store, image, why)) ?? toPin(image, why, who);
  if (pin.why === why) {
    await addPin(store, pin);
    const { name, digest } = image;
    audit.record({
      event: 'pin',
      ...who,
      image: name,
      digest,
      because: why,
    });
  }
  const { sizes } = await inspectPin(store, pin);
  await renewTimes(store, sizes.keys());
  return inspectPin(store, pin);
}

function toPin(image: PlacedImage, why: PinReason, { user }: Pinner): Pin {
  const { upstreamId, repository, reference, digest } = image;
  const since = new Date().toISOString();
  const tag = isDigest(reference) ? undefined : reference;
  return { upstreamId, repository, tag, digest, why, by: user, since };
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
