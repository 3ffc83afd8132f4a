import { ACCESS_NOTES, DIGEST_PATTERN, isDigest } from '@registry-cache/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineParser } from './line-parser.ts';
import { parseLine } from './parse-line.ts';
import { parseManifestChildren } from './parse-manifest.ts';
import { readNote } from './read-note.ts';

fc.configureGlobal({ seed: 20_261, numRuns: 300 });

const digest = fc.stringMatching(new RegExp(`^${DIGEST_PATTERN}$`));
const time = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom('', '2026-13-01T00:00:00.000Z', 'x'.repeat(24)),
);
const KNOWN = `sha256:${'a'.repeat(64)}`;
/** Few values for each field, so that many lines differ in their time only. */
const record = fc.record({
  time,
  id: fc.oneof(fc.uuid(), fc.string({ maxLength: 8 })),
  ms: fc.constantFrom(-1, 0, 1, 17, 1.5),
  firstByteMs: fc.constantFrom(-1, 0, 3, null),
  kind: fc.constantFrom('blob', 'blob', 'manifest', 'tags'),
  status: fc.constantFrom(200, 200, 200, 206, 404, '200'),
  digest: fc.oneof(fc.constantFrom(KNOWN, KNOWN, '../x'), digest),
  note: fc.constantFrom('', '', '', ...ACCESS_NOTES, 'another'),
});
/** Encodes like the edge: with a space after each colon and comma. */
const line = record.map((fields) => {
  const parts = Object.entries(fields).map(
    ([name, value]) => `"${name}": ${JSON.stringify(value)}`,
  );
  return `{${parts.join(', ')}}`;
});
const damagedLine = fc.tuple(line, fc.nat()).map(([text, at]) => text.slice(0, at % text.length));
const anyLine = fc.oneof(line, line, damagedLine, fc.string(), fc.json());

test('the fast parser agrees with the plain one on each line, in any order of lines', () => {
  fc.assert(
    fc.property(
      fc.array(anyLine, { maxLength: 20 }),
      fc.infiniteStream(fc.nat()),
      (lines, picks) => {
        const parseFast = createLineParser();
        const again = lines.map(() => lines[(picks.next().value ?? 0) % lines.length] ?? '');
        for (const one of [...lines, ...again]) expect(parseFast(one)).toEqual(parseLine(one));
      },
    ),
  );
});

test('gives only digests and valid times, whatever the line is', () => {
  fc.assert(
    fc.property(anyLine, (text) => {
      const parsed = parseLine(text);
      const served = parsed === 'garbage' ? undefined : parsed.served;
      if (served === undefined) return;
      expect(isDigest(served.digest)).toBe(true);
      expect(Number.isNaN(served.timeMs)).toBe(false);
    }),
  );
});

test('reads a note from the lines that have one, and from no others', () => {
  fc.assert(
    fc.property(line, (text) => {
      const { note } = JSON.parse(text) as { note: string };
      expect(readNote(text)?.note).toBe(ACCESS_NOTES.find((known) => known === note));
    }),
  );
});

test('looks for a note in any text without an error', () => {
  const ending = fc.constantFrom('', '"note": "too-many-requests"}', '"note": ""}');
  fc.assert(
    fc.property(anyLine, ending, (text, end) => {
      expect(() => readNote(text + end)).not.toThrow();
    }),
  );
});

test('gives only the digests of config and layers of a manifest', () => {
  const descriptor = fc.record({ digest: fc.oneof(digest, fc.jsonValue()) });
  const anyDescriptor = fc.oneof(descriptor, fc.jsonValue());
  const manifest = fc.record({ config: anyDescriptor, layers: fc.array(anyDescriptor) });
  fc.assert(
    fc.property(fc.oneof(manifest, fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      const children = parseManifestChildren(text);
      expect(children.every(isDigest)).toBe(true);
      expect(children.every((child) => text.includes(child))).toBe(true);
    }),
  );
});
