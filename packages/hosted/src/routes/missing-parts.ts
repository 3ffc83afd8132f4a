import { HostedError } from '../http/answer.ts';

/** Of a message that names what is missing. */
const MOST_NAMED = 5;

/** A part of an image that is not here for the client, and why. */
export interface MissingPart {
  readonly digest: string;
  readonly why: string;
}

/** The refusal of a manifest whose parts are missing. */
export function missingParts(missing: readonly MissingPart[]): HostedError {
  const named = missing.slice(0, MOST_NAMED).map(({ digest, why }) => `${digest}: ${why}`);
  const more = missing.length > MOST_NAMED ? `; and ${missing.length - MOST_NAMED} more` : '';
  const message = `parts of the image are not here: ${named.join('; ')}${more}`;
  return new HostedError(400, 'MANIFEST_BLOB_UNKNOWN', message);
}
