export {
  type BrokenPin,
  isBrokenPin,
  isFrozen,
  PIN_REASONS,
  type Pin,
  type PinReason,
  type PinReference,
} from './pin.ts';
export { findPin, type Pins, readPins } from './read-pins.ts';
export { addPin, InvalidPinError, removePin } from './write-pins.ts';
