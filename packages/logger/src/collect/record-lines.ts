import { MAX_LINE_LENGTH } from '../parse/parse-line.ts';

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const NOTHING = Buffer.alloc(0);

/**
 * Picks the whole lines that are records out of the pipe's pieces, which end anywhere. HAProxy
 * writes about its reloads and failed handshakes to the same pipe.
 */
export class RecordLines {
  /** The begun line. */
  #rest: Buffer = NOTHING;

  /**
   * @returns the lines that are complete by now, each with its end. The buffer may share the memory
   * of the piece.
   */
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
