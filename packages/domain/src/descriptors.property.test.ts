import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDescriptors } from './descriptors.ts';
import { DIGEST_PATTERN, isDigest } from './reference.ts';

fc.configureGlobal({ seed: 20_261 });

const digest = fc.stringMatching(new RegExp(`^${DIGEST_PATTERN}$`));
const descriptor = fc.record({ digest, size: fc.maxSafeNat() });
const oddDescriptor = fc.record({
  digest: fc.oneof(digest, fc.jsonValue()),
  size: fc.oneof(fc.maxSafeNat(), fc.jsonValue()),
});

test('an image names its config and its layers, in their order', () => {
  fc.assert(
    fc.property(descriptor, fc.array(descriptor), (config, layers) => {
      const manifest = Buffer.from(JSON.stringify({ config, layers }));
      expect(parseDescriptors(manifest)).toEqual(
        [config, ...layers].map((one) => ({
          digest: one.digest,
          sizeBytes: one.size,
          isManifest: false,
        })),
      );
    }),
  );
});

test('gives only valid digests and sizes, whatever the JSON is', () => {
  const list = fc.oneof(fc.array(oddDescriptor), fc.jsonValue());
  const odd = fc.record({ config: oddDescriptor, layers: list, manifests: list });
  fc.assert(
    fc.property(fc.oneof(odd, fc.jsonValue()), (value) => {
      for (const one of parseDescriptors(Buffer.from(JSON.stringify(value)))) {
        expect(isDigest(one.digest)).toBe(true);
        expect(Number.isSafeInteger(one.sizeBytes) && one.sizeBytes >= 0).toBe(true);
      }
    }),
  );
});

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(parseDescriptors(bytes)).toEqual([]);
    }),
  );
});
