/** What clients unpack as a layer: the first bytes of bzip2, gzip, xz and zstd. */
const COMPRESSED: readonly (readonly number[])[] = [
  [0x42, 0x5a, 0x68],
  [0x1f, 0x8b],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00],
  [0x28, 0xb5, 0x2f, 0xfd],
];
/** A frame that zstd skips: `5x 2A 4D 18`. Content of layers begins with one sometimes. */
const SKIPPABLE = [0x2a, 0x4d, 0x18];

const HEADER_BYTES = 512;
const SUM_START = 148;
const SUM_END = 156;

/**
 * Whether a client could unpack these bytes as files of a container: a tar archive, or anything
 * compressed. Clients find that out by the bytes, and some do so whatever the type of the layer is.
 */
export function isFileSystem(bytes: Uint8Array): boolean {
  if (COMPRESSED.some((start) => start.every((byte, index) => bytes[index] === byte))) return true;
  const [first = 0] = bytes;
  const follows = SKIPPABLE.every((byte, index) => bytes[index + 1] === byte);
  return ((first & 0xf0) === 0x50 && follows) || isTar(bytes);
}

/** Every format of tar has the sum of its header's bytes at the same place. */
function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const header = bytes.subarray(0, HEADER_BYTES);
  // An empty header is the end of an archive, and clients read on behind one of them.
  if (header.every((byte) => byte === 0)) return true;
  const text = Buffer.from(header.subarray(SUM_START, SUM_END)).toString('latin1');
  const [digits] = /[0-7]+/.exec(text) ?? [];
  if (digits === undefined) return false;
  const sum = Number.parseInt(digits, 8);
  const counted = header.map((byte, index) => {
    return index >= SUM_START && index < SUM_END ? 0x20 : byte;
  });
  const unsigned = counted.reduce((total, byte) => total + byte, 0);
  const signed = counted.reduce((total, byte) => total + (byte < 128 ? byte : byte - 256), 0);
  return sum === unsigned || sum === signed;
}
