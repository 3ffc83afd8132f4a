import { type ByteSource, streamRange } from '../archive/byte-source.ts';
import type { CheckedManifest } from '../formats/checked-manifest.ts';
import { BUNDLE_MANIFEST, BUNDLE_SUM, formatSum, hashOf } from '../layout/bundle-manifest.ts';
import { layOutTar, type TarFile } from '../write/tar-layout.ts';
import { matches, type VerifyResult, type VerifyRun } from './verify-run.ts';

/**
 * Checks every byte of a bundle of ours that is one tar: its list tells also the headers and the
 * bytes between the files.
 */
export async function verifyTar(
  source: ByteSource,
  { manifest, digest, bytes }: CheckedManifest,
  run: VerifyRun,
): Promise<VerifyResult> {
  const sum = Buffer.from(formatSum(bytes));
  const files: (TarFile & { readonly digest: string })[] = [
    { name: BUNDLE_MANIFEST, sizeBytes: bytes.length, digest },
    { name: BUNDLE_SUM, sizeBytes: sum.length, digest: hashOf(sum) },
    ...manifest.files.map(({ name, size, digest: own }) => ({
      name,
      sizeBytes: size,
      digest: own,
    })),
  ];
  const problems: string[] = [];
  let end = 0;
  run.onTotal?.(source.sizeBytes);
  for (const { start, sizeBytes, content } of layOutTar(files)) {
    end = start + sizeBytes;
    if (Buffer.isBuffer(content)) {
      const found = Buffer.alloc(sizeBytes);
      await source.read(found, start);
      run.onBytes(sizeBytes);
      if (!found.equals(content)) problems.push(`damaged tar at byte ${start}`);
    } else if (!(await matches(streamRange(source, start, sizeBytes), content.digest, run))) {
      problems.push(`damaged ${content.name}: its digest is not ${content.digest}`);
    }
  }
  if (source.sizeBytes !== end) {
    problems.push(`cut: the tar has ${source.sizeBytes} bytes, not ${end}`);
  }
  return { files: files.length, bytes: source.sizeBytes, digest, problems };
}
