import {
  formatUpstreamName,
  loadDryRunModel,
  parseUpstreamKey,
  type Settings,
} from '@registry-cache/config';
import { InvalidInputError, quoteFound, unwrap } from '@registry-cache/domain';

/** The upstream that an import is for. */
export interface ImportUpstream {
  readonly id: string;
  readonly key: string;
  /** Whether a repository can be served as this upstream's, by its name in the registry. */
  readonly covers: (repository: string) => boolean;
}

/** @throws InvalidInputError for a registry that is not served here. */
export async function findUpstream(settings: Settings, key: string): Promise<ImportUpstream> {
  const name = formatUpstreamName(unwrap(parseUpstreamKey('--upstream', key)));
  const { upstreams } = unwrap(await loadDryRunModel(settings));
  const found = upstreams.find((one) => one.key === name);
  if (found === undefined) {
    const accepted = `a registry that is served here: ${upstreams.map((one) => one.key).join(', ')}`;
    throw new InvalidInputError([{ path: '--upstream', found: quoteFound(key), accepted }]);
  }
  const namespace = found.key.slice(found.host.length + 1);
  const covers = (repository: string) =>
    namespace === '' || `${repository}/`.startsWith(`${namespace}/`);
  return { id: found.id, key: found.key, covers };
}
