import { isHtml } from '../../wire/errors/upstream-message.ts';

/** Each manifest or index has one of these keys, also in schema 1 and in artifacts of other tools. */
const TELLING = ['schemaVersion', 'mediaType', 'manifests', 'layers', 'config', 'blobs'];

/** Whether these bytes are a manifest. The bytes decide, whatever the reply's type says. */
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

/** A few words about bytes that are not a manifest. They quote nothing of the text. */
export function describeBytes(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing';
  return isHtml(bytes.toString('utf8'))
    ? 'an HTML page'
    : `${bytes.length} bytes of something else`;
}
