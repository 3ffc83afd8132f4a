import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { blobFile } from '@registry-cache/domain';
import { Parser, type ReadEntry } from 'tar';

/** Charts are some hundred KiB of text. A larger one would fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads the YAML files of a stored chart, by their paths in its archive.
 * @throws for an archive that is broken, or has too much text.
 */
export async function readChart(root: string, digest: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let readBytes = 0;
  const onReadEntry = (entry: ReadEntry) => {
    readBytes += entry.size;
    const isText = entry.type === 'File' && /\.(?:ya?ml|tpl)$/.test(entry.path);
    if (!isText || readBytes > MOST_BYTES) entry.resume();
    else {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => files.set(entry.path, Buffer.concat(chunks).toString('utf8')));
    }
  };
  const parser = new Parser({ strict: true, maxMetaEntrySize: 1024 * 1024, onReadEntry });
  // The parser is a writable stream of Node.js in all but its types.
  const sink = parser as unknown as NodeJS.WritableStream;
  await pipeline(createReadStream(blobFile(root, digest)), sink);
  if (readBytes > MOST_BYTES) throw new Error(`the chart has more than ${MOST_BYTES} bytes`);
  return files;
}
