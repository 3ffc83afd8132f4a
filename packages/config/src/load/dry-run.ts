import { type Parsed, runPaths } from '@registry-cache/domain';
import { placeholderBootFacts } from '../machine/boot-facts.ts';
import type { Model } from '../model/build.ts';
import type { Settings } from '../settings/table.ts';
import { loadModel } from './load-model.ts';

/**
 * The model of an appliance that is not running, to look at or to check. Placeholders stand for
 * secrets and certificates that only a boot makes.
 */
export async function loadDryRunModel(settings: Settings): Promise<Parsed<Model>> {
  const run = runPaths(process.env.RUNDIR);
  const facts = placeholderBootFacts();
  const { model } = await loadModel({ settings, run, facts, certificates: 'placeholder' });
  return model;
}
