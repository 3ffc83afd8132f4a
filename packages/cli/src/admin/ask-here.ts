import {
  askAdmin,
  type JsonVerbName,
  type VerbInput,
  type VerbOutput,
} from '@registry-cache/admin';
import { findAdminPlace } from './admin-place.ts';

/** Asks a verb of the admin API of `--server`, or of the cache in this container. */
export function askHere<Name extends JsonVerbName>(
  name: Name,
  input: VerbInput<Name>,
): Promise<VerbOutput<Name>> {
  return askAdmin(name, input, findAdminPlace());
}
