import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { BundlePlan } from '../collect/collect-bundle.ts';
import {
  BUNDLE_MANIFEST,
  BUNDLE_SUM,
  createBundleManifest,
  formatBundleManifest,
  formatSum,
  hashOf,
} from '../layout/bundle-manifest.ts';
import { streamContent, toSourceFile } from './content.ts';
import type { ExportResult, ExportRun } from './export-run.ts';
import { type FileOptions, planFiles } from './plan-files.ts';
import { layOutTar, type TarSegment } from './tar-layout.ts';

/**
 * Writes a bundle as one tar: its manifest, the sum of that, and the OCI image layout.
 * @throws BlobLostError for a damaged blob, since nothing can be taken back. The tar has no end then.
 */
export async function exportStream(
  out: Writable,
  plan: BundlePlan,
  options: FileOptions,
  { blobFile, onBytes, signal }: ExportRun,
): Promise<ExportResult> {
  const { files, left, texts } = planFiles(plan, options);
  const manifest = formatBundleManifest(
    createBundleManifest({ files: [...files], left: [...left] }),
  );
  const sum = formatSum(manifest);
  const digest = hashOf(manifest);
  const ahead = [
    [BUNDLE_MANIFEST, manifest.toString()],
    [BUNDLE_SUM, sum],
  ] as const;
  const content = { blobFile, texts: new Map([...ahead, ...texts]) };
  const all = [
    ...ahead.map(([name, text]) => ({ name, sizeBytes: Buffer.byteLength(text), digest })),
    ...files.map(toSourceFile),
  ];
  let writtenBytes = 0;
  for (const segment of layOutTar(all)) {
    for await (const piece of streamSegment(segment, content)) {
      signal.throwIfAborted();
      // The next piece takes the place of this one in memory.
      if (!out.write(Buffer.from(piece))) await once(out, 'drain', { signal });
      writtenBytes += piece.length;
      onBytes(piece.length);
    }
  }
  const { images, lacking } = plan;
  const leftBlobs = left.length;
  return {
    digest,
    images: images.length,
    isEarlier: false,
    leftBlobs,
    writtenBytes,
    keptBytes: 0,
    lacking,
  };
}

type File = ReturnType<typeof toSourceFile>;

function streamSegment(
  { content }: TarSegment<File>,
  source: Parameters<typeof streamContent>[0],
): AsyncIterable<Buffer> | Iterable<Buffer> {
  return Buffer.isBuffer(content) ? [content] : streamContent(source, content);
}
