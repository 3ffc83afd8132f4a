export { type Held, HeldReader } from './held/held-reader.ts';
export { type InspectedPin, inspectPin, inspectPins } from './held/inspect-pins.ts';
export { namePin } from './pinning/name-pin.ts';
export { type PlacedImage, pinImage } from './pinning/pin-image.ts';
export { renewTimes } from './pinning/renew-times.ts';
export {
  type BrokenPin,
  isBrokenPin,
  isFrozen,
  PIN_REASONS,
  type Pin,
  type PinReason,
  type PinReference,
} from './record/pin.ts';
export {
  findDigestPin,
  findPin,
  listDigestPins,
  listFrozenTags,
  type Pins,
  readPins,
} from './record/read-pins.ts';
export { addPin, InvalidPinError, removePin } from './record/write-pins.ts';
