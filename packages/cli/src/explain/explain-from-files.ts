import type { ExplainAnswer } from '@registry-cache/admin';
import { openCatalog } from '@registry-cache/catalog';
import {
  describeExplainFacts,
  listReferenceNames,
  loadDryRunModel,
  type Model,
  resolveReference,
  type Settings,
} from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';
import { forecastFromStore } from '@registry-cache/egress/forecast';
import { type AskedCaller, type ExplainDeps, explainReference } from '@registry-cache/explain';
import { becomeRunUser } from '../become-run-user.ts';

/**
 * Explains a reference by the operator's files and the store, without a running cache. What only that
 * one knows is left out: upstreams that are down, errors that are repeated, the history.
 *
 * @throws InvalidInputError for a text that is no reference, and for files with issues.
 */
export async function explainFromFiles(
  settings: Settings,
  text: string,
  caller: AskedCaller,
): Promise<ExplainAnswer> {
  const model = unwrap(await loadDryRunModel(settings));
  const names = listReferenceNames(model);
  const resolved = unwrap(resolveReference('REF', text, names));
  // The store has links that only its owner should follow.
  await becomeRunUser();
  const deps: ExplainDeps = {
    facts: describeExplainFacts(model),
    names,
    storeRoot: settings.REGISTRYDIR,
    catalogOf: (storeRoot) => openCatalog(storeRoot),
    forecast: createForecast(model),
  };
  return explainReference(deps, { text, resolved, ...caller });
}

function createForecast({ settings, trust, admission, upstreams }: Model): ExplainDeps['forecast'] {
  const storeRoot = settings.REGISTRYDIR;
  return async (place) => {
    const upstream = upstreams.find(({ id }) => id === place.upstreamId);
    if (upstream === undefined) return undefined;
    const { tags: tagRules, offline } = upstream;
    return forecastFromStore(
      {
        ...{ storeRoot, trust, admission, nowMs: Date.now(), tagRules },
        upstream: offline ? 'offline' : 'up',
      },
      place,
    );
  };
}
