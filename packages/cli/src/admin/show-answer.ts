import {
  askAdmin,
  type InputOf,
  type JsonVerbName,
  type OutputOf,
  type Verbs,
} from '@registry-cache/admin';
import { escapeUnprintable } from '@registry-cache/domain';
import { printJson } from '../print-json.ts';
import { findAdminPlace } from './admin-place.ts';

/** Asks a verb of the admin API, and prints its answer: for people, or as one line of JSON. */
export async function showAnswer<Name extends JsonVerbName>(
  name: Name,
  input: InputOf<Verbs[Name]>,
  format: (answer: OutputOf<Verbs[Name]>) => readonly string[],
  isJson = false,
): Promise<void> {
  const answer = await askAdmin(name, input, findAdminPlace());
  if (isJson) printJson(answer);
  else for (const line of format(answer)) console.log(escapeUnprintable(line));
}
