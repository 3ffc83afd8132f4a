import type { Logger } from '@registry-cache/runtime';
import type { LoadedModel } from '../load/load-model.ts';
import {
  countRules,
  findLostRules,
  hasLostSection,
  mayBeCut,
  type RuleCounts,
} from './lost-rules.ts';

export interface WholeDeps {
  readonly load: () => Promise<LoadedModel>;
  /** The rules that are in force. */
  readonly inForce: RuleCounts;
  readonly untilQuiet: () => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Loads the model. Rules do not end while their file may be written only in part: a part of a YAML
 * document is often a document too. So a policy that has lost a section, or that stops within a
 * line, counts only after its file has been at rest for some seconds. Rules that ended are told.
 */
export async function loadWhole({
  load,
  inForce,
  untilQuiet,
  log,
}: WholeDeps): Promise<LoadedModel> {
  const first = await load();
  if (!isDoubtful(first, inForce)) return first;
  await untilQuiet();
  const loaded = await load();
  if (!loaded.model.ok) return loaded;
  const lost = findLostRules(inForce, countRules(loaded.model.value));
  if (lost.length === 0) return loaded;
  log.warn(
    { lost, stopsWithinLine: mayBeCut(loaded.policy) },
    'rules of the policy file have ended; write that file elsewhere and rename it if this is wrong',
  );
  return loaded;
}

function isDoubtful({ model, policy }: LoadedModel, inForce: RuleCounts): boolean {
  if (Object.keys(inForce).length === 0 || !model.ok) return false;
  return mayBeCut(policy) || hasLostSection(inForce, countRules(model.value));
}
