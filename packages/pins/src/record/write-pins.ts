import { rm, rmdir, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { digestPinFile, pinsDir, tagPinFile } from '@registry-cache/domain';
import { inDirectory, isMissing, writeFileAtomic } from '@registry-cache/runtime';
import { findFault, formatPin, type Pin, type PinReference } from './pin.ts';

/** A pin of something that is no image. */
export class InvalidPinError extends Error {
  readonly code = 'INVALID_PIN';

  constructor(fault: string) {
    super(
      `a pin of ${fault}; accepted: an upstream's id, a repository, and a tag or a sha256 or sha512 digest`,
    );
    this.name = 'InvalidPinError';
  }
}

/**
 * Adds a pin, in place of one for the same tag or digest. Readers see the old file or the new one,
 * and it survives a loss of power. Pin an image before its manifest is linked, or right after it:
 * the cleaner leaves alone what is seconds old.
 *
 * @throws InvalidPinError for a wrong name, tag or digest, or Error with the system's code.
 */
export async function addPin(store: string, pin: Pin): Promise<void> {
  const file = pinFile(store, pin);
  await inDirectory(file, () => writeFileAtomic(file, formatPin(pin)));
  await touch(pinsDir(store));
}

/**
 * Removes the pin of a tag or digest, also a broken one.
 *
 * @returns whether there was one.
 * @throws InvalidPinError for a wrong name, tag or digest, or Error with the system's code.
 */
export async function removePin(store: string, reference: PinReference): Promise<boolean> {
  const file = pinFile(store, reference);
  try {
    await rm(file);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  await removeEmptied(dirname(file), pinsDir(store));
  await touch(pinsDir(store));
  return true;
}

/**
 * Sets the time of the folder of all pins, by which the cleaner knows without a look at each that
 * they have changed. It looks at all of them by its timer too, so a failure does no harm.
 */
async function touch(directory: string): Promise<void> {
  const now = new Date();
  await utimes(directory, now, now).catch(() => undefined);
}

/** Removes this directory and those above it, up to `top`, until one has entries. */
async function removeEmptied(directory: string, top: string): Promise<void> {
  for (let at = directory; at.length > top.length; at = dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** The file of a pin. @throws InvalidPinError for a wrong name, tag or digest. */
function pinFile(store: string, reference: PinReference): string {
  const fault = findFault(reference);
  if (fault !== undefined) throw new InvalidPinError(fault);
  const { upstreamId, repository, tag, digest } = reference;
  if (tag !== undefined) return tagPinFile(store, upstreamId, repository, tag);
  return digestPinFile(store, upstreamId, repository, digest ?? '');
}
