import { isIP } from 'node:net';
import { type Catalog, openCatalog } from '@registry-cache/catalog';
import { type ResolvedReference, resolveReference } from '@registry-cache/config/references';
import { formatIssue, quoteFound } from '@registry-cache/domain';
import { type AskedCaller, explainReference } from '@registry-cache/explain';
import { askReferencePulls } from '@registry-cache/history';
import { AdminError } from '../../contract/admin-error.ts';
import type { ExplainAnswer } from '../../contract/explain.ts';
import { readExplainSources } from '../../sources/read-explain-sources.ts';
import { readPullForecast, readPullProbe } from '../../sources/read-pull-forecast.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { formatTime } from '../format-time.ts';

interface ExplainInput {
  readonly image: string;
  readonly user?: string | undefined;
  readonly groups?: string | undefined;
  readonly from?: string | undefined;
  /** Whether the upstream is asked, too. */
  readonly probe: boolean;
}

/** @throws AdminError for a text that names no image, and for a client that cannot exist. */
export async function answerExplain(
  input: ExplainInput,
  { options, history, operator }: AnswerDeps,
): Promise<ExplainAnswer> {
  const { image: text, user = '', from: address = '' } = input;
  const groups = (input.groups ?? '').split('\n').filter((group) => group !== '');
  if (input.probe && !operator.rights.has('admin')) {
    const message =
      'probe: it asks the upstream, and access.admin of the policy file does not name you';
    throw new AdminError('DENIED', message);
  }
  checkCaller({ user, groups, address });
  const { names, facts } = await readExplainSources(options);
  const resolved = resolveReference('image', text, names);
  if (!resolved.ok) {
    throw new AdminError('INVALID', resolved.issues.map(formatIssue).join('; '));
  }
  const { storeRoot } = options;
  const explained = await explainReference(
    {
      ...{ facts, names, storeRoot, catalogOf: rememberCatalog },
      forecast: (place) => readPullForecast(options, place),
    },
    { text, resolved: resolved.value, user, groups, address },
  );
  const { upstream = '', repository, reference } = explained;
  const pulled = await history.ask(
    (database) => askReferencePulls(database, { upstream, repository }, reference),
    undefined,
  );
  return {
    ...explained,
    ...(input.probe && (await probe(options, resolved.value, explained))),
    ...(pulled && { pulled: formatTime(pulled.lastMs), pulls: pulled.pulls }),
  };
}

/** The upstream's word of now; nothing for an image that no upstream has. */
async function probe(
  options: AnswerDeps['options'],
  { upstream, repository, reference }: ResolvedReference,
  { manifest }: Pick<ExplainAnswer, 'manifest'>,
): Promise<Pick<ExplainAnswer, 'probe'>> {
  if (upstream === undefined) return {};
  const { id: upstreamId, key } = upstream;
  const told = await readPullProbe(options, { upstreamId, key, repository, reference });
  const isComparable = told.digest !== undefined && manifest !== undefined;
  return { probe: { ...told, ...(isComparable && { moved: told.digest !== manifest.digest }) } };
}

/** @throws AdminError for a text that is no address, and for groups without a user. */
function checkCaller({ user, groups, address }: AskedCaller): void {
  if (address !== '' && isIP(address) === 0) {
    const found = quoteFound(address);
    throw new AdminError('INVALID', `from: found ${found}; accepted: an IP address`);
  }
  if (groups.length > 0 && user === '') {
    const found = quoteFound(groups[0]);
    throw new AdminError('INVALID', `groups: found ${found}; accepted: a user beside them`);
  }
}

/** A catalog remembers what leads to what in the repositories that were asked for last. */
const CATALOG_BYTES = 8 * 1024 * 1024;
const catalogs = new Map<string, Catalog>();

function rememberCatalog(storeRoot: string): Catalog {
  const known = catalogs.get(storeRoot) ?? openCatalog(storeRoot, { capacityBytes: CATALOG_BYTES });
  catalogs.set(storeRoot, known);
  return known;
}
