import { ACCESS_NOTES, type AccessNote, type AccessRecord } from '@registry-cache/domain';

/** A request that an operator should know of, and whose it was. */
export interface Noted {
  readonly note: AccessNote;
  readonly client: string;
  readonly agent: string;
  readonly path: string;
}

/** How the edge ends a line of its own that has no note. */
const WITHOUT_NOTE = '"note": ""}';
const WITH_NOTE = /"note": ?"[a-z-]+"\}$/;

/** The note in a line of the access log; undefined where it has none, or is no such line. */
export function readNote(line: string): Noted | undefined {
  if (line.endsWith(WITHOUT_NOTE) || !WITH_NOTE.test(line)) return undefined;
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
