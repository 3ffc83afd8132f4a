import type { Parsed, RunPaths } from '@registry-cache/domain';
import { placeholderBootFacts } from '../machine/boot-facts.ts';
import type { Model } from '../model/build.ts';
import type { Settings } from '../settings/table.ts';
import { loadModel } from './load-model.ts';

/**
 * The model by which clients are set up. It has the certificate in use, and never a placeholder:
 * clients would trust the wrong one.
 *
 * @param options.withProxy - Whether the proxy's part is needed. The authority's key is read for
 *   it, which only few users may do.
 */
export async function loadClientModel(
  settings: Settings,
  run: RunPaths,
  { withProxy = false } = {},
): Promise<Parsed<Model>> {
  const { model } = await loadModel({
    settings: withProxy ? settings : { ...settings, CONNECT_PROXY: 'off' },
    run,
    facts: placeholderBootFacts(),
    certificates: 'find',
  });
  return model;
}
