import { readFile } from 'node:fs/promises';
import {
  listReferenceNames,
  loadDryRunModel,
  parseNames,
  type ReferenceNames,
  type Settings,
} from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';

/**
 * Reads which registries are served.
 * @param file has the names for the admin worker, which may not read the pull secret.
 */
export async function readNames(settings: Settings, file?: string): Promise<ReferenceNames> {
  if (file !== undefined) return parseNames(await readFile(file, 'utf8'));
  return listReferenceNames(unwrap(await loadDryRunModel(settings)));
}
