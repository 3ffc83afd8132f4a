import type { ReferenceNames } from '@registry-cache/config';
import { namePin as namePinAt, type PinReference } from '@registry-cache/pins';

/** The name of a pinned image, by the registries of the configuration. */
export function namePin(pin: PinReference, names: Pick<ReferenceNames, 'upstreams'>): string {
  return namePinAt(pin, (upstreamId) => names.upstreams.find(({ id }) => id === upstreamId)?.host);
}
