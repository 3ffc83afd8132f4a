import { ACCESS_NOTES, type AccessNote, type AccessRecord } from '@registry-cache/domain';

/** A noted request, with its client. */
export interface Noted {
  readonly note: AccessNote;
  readonly client: string;
  readonly agent: string;
  readonly path: string;
}

/**
 * A line with a note, and one without. The note is near the end. Text of a client has a backslash
 * before each quote.
 */
const WITHOUT_NOTE = '"note": ""';
const WITH_NOTE = /"note": ?"[a-z-]+"[,}]/;

/** The note in a line of the access log; undefined for lines without one, and for other text. */
export function readNote(line: string): Noted | undefined {
  if (line.lastIndexOf(WITHOUT_NOTE) >= 0 || !WITH_NOTE.test(line)) return undefined;
  const record = parse(line);
  const note = ACCESS_NOTES.find((known) => known === record?.note);
  if (note === undefined) return undefined;
  const { client = '', agent = '', path = '' } = record ?? {};
  return { note, client, agent, path };
}

function parse(line: string): Partial<AccessRecord> | undefined {
  try {
    return JSON.parse(line) as Partial<AccessRecord>;
  } catch {
    return undefined;
  }
}
