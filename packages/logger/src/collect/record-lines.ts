import { MAX_LINE_LENGTH } from '../parse/parse-line.ts';

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const NOTHING = Buffer.alloc(0);

/**
 * Picks whole lines that are records out of what comes through the pipe, in pieces that end
 * anywhere. HAProxy tells of its reloads and of failed handshakes in the same place.
 */
export class RecordLines {
  /** The line that has begun. */
  #rest: Buffer = NOTHING;

  /** @returns the lines that are whole by now, each with its end; it may be the piece's own memory. */
  take(piece: Buffer): Buffer {
    const all = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    const rest = all.subarray(end);
    this.#rest = rest.length > MAX_LINE_LENGTH ? NOTHING : Buffer.from(rest);
    return pickRecords(all.subarray(0, end));
  }
}

function pickRecords(lines: Buffer): Buffer {
  const kept: Buffer[] = [];
  let keptTo = 0;
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(NEWLINE, start) + 1;
    if (lines[start] !== BRACE) {
      kept.push(lines.subarray(keptTo, start));
      keptTo = end;
    }
    start = end;
  }
  if (keptTo === 0) return lines;
  kept.push(lines.subarray(keptTo));
  return Buffer.concat(kept);
}
