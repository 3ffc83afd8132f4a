import { isHtml } from '../../wire/errors/upstream-message.ts';

/** Keys of which each manifest or index has one, schema 1 and artifacts of other tools included. */
const TELLING = ['schemaVersion', 'mediaType', 'manifests', 'layers', 'config', 'blobs'];

/** Whether these bytes are a manifest: whatever the type of an answer says, the bytes decide. */
export function looksLikeManifest(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return false;
  }
  const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
  return isObject && TELLING.some((key) => Object.hasOwn(parsed as object, key));
}

/** A few words for what came instead; nothing of the text itself. */
export function describeBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing';
  return isHtml(bytes.toString('utf8'))
    ? 'an HTML page'
    : `${bytes.length} bytes of something else`;
}
