import { isIP } from 'node:net';
import { asksRegistry, type Caller, type FindTags } from '@registry-cache/access';
import { openCatalog } from '@registry-cache/catalog';
import {
  buildOpenAccess,
  hasLogin,
  listReferenceNames,
  listUsers,
  loadDryRunModel,
  type Model,
  type ResolvedReference,
  resolveReference,
} from '@registry-cache/config';
import {
  escapeUnprintable,
  HOSTED_ID,
  hostedDir,
  InvalidInputError,
  isDigest,
  quoteFound,
  unwrap,
} from '@registry-cache/domain';
import { type Forecast, forecastChecks } from '@registry-cache/egress/forecast';
import type { Command } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { type ExplainedImage, explainImage, formatRight } from '../explain/explain-image.ts';
import { type Asked, listNotes } from '../explain/list-notes.ts';
import { noteChecks } from '../explain/note-checks.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

interface ExplainOptions extends InputOptions {
  readonly as?: string;
  readonly group: readonly string[];
  readonly from?: string;
  readonly json?: boolean;
}

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('Prints what a client may do with an image, by which rule, and why.')
    .argument('<ref>', 'image as a client writes it, such as redis:7')
    .option('--as <user>', 'user that is logged in (default: a client without a login)')
    .option('--group <group>', 'group that an issuer names for the user; again for more', add, [])
    .option('--from <address>', 'IP address of the client')
    .option('--json', 'one line of JSON');
  addInputOptions(command).action(explain);
}

function add(group: string, groups: readonly string[]): readonly string[] {
  return [...groups, group];
}

/** The status is 0 whatever the answer is. */
async function explain(text: string, options: ExplainOptions): Promise<void> {
  const { as: user = '', group: groups, from: address = '', json = false } = options;
  checkOptions(user, groups, options.from);
  const settings = readSettings(options);
  const model = unwrap(await loadDryRunModel(settings));
  const resolved = unwrap(resolveReference('REF', text, listReferenceNames(model)));
  // The store has links that only its owner should follow.
  await becomeRunUser();
  const hasLogins = hasLogin(model);
  const image = `${resolved.registry}/${resolved.repository}`;
  const open = buildOpenAccess(model.upstreams, hasLogins);
  const asks = asksRegistry((model.access ?? open)?.asked, image);
  // Without rules, a registry that decides by itself has some all the same.
  const policy = model.access ?? (asks ? open : undefined);
  const isUser = (hasLogins || asks) && user !== '' && user !== 'anonymous';
  const isKnown = listUsers(model)?.includes(user) ?? true;
  const caller: Caller = isUser
    ? { user, groups, address, isConfirmed: asks && !isKnown }
    : { user: undefined, groups: [], address };
  const findTags = findTagsIn(settings.REGISTRYDIR, resolved);
  const found = await explainImage({ caller, resolved, policy, hasLogins, findTags });
  const { reference } = resolved;
  const asked = { text, user: user === 'anonymous' ? '' : user, groups, reference };
  const checks = await forecast(model, resolved);
  const notes = [...listNotes(model, asked, caller, found), ...noteChecks(found, checks)];
  if (json) {
    const answer = describe(found, asked, caller, notes);
    console.log(JSON.stringify({ ...answer, ...(checks.length > 0 && { checks }) }));
    return;
  }
  for (const note of notes) warn(escapeUnprintable(note));
  for (const right of found.rights) console.log(escapeUnprintable(formatRight(right)));
}

/** What would be said of the image itself, whoever asks. */
async function forecast(
  { settings, trust, admission }: Pick<Model, 'settings' | 'trust' | 'admission'>,
  { upstream, repository, reference }: ResolvedReference,
): Promise<readonly Forecast[]> {
  if (upstream === undefined) return [];
  const byDigest = isDigest(reference);
  return forecastChecks(
    { storeRoot: settings.REGISTRYDIR, trust, admission, nowMs: Date.now() },
    {
      upstreamId: upstream.id,
      key: upstream.key,
      repository,
      tag: byDigest ? undefined : reference,
      digest: byDigest ? reference : undefined,
    },
  );
}

/** The answer for programs. */
function describe(
  found: ExplainedImage,
  { reference }: Asked,
  caller: Caller,
  notes: readonly string[],
): object {
  const rights = found.rights.map(({ isAllowed, right, ...why }) => {
    return { right, allowed: isAllowed, ...why };
  });
  return {
    image: found.image,
    reference,
    served: found.served,
    user: caller.user ?? null,
    groups: caller.groups,
    from: caller.address === '' ? null : caller.address,
    letIn: found.isLetIn,
    ...(found.tags && { tags: found.tags }),
    rights,
    notes,
  };
}

/** @throws InvalidInputError for options that mean nothing. */
function checkOptions(user: string, groups: readonly string[], from: string | undefined): void {
  if (from !== undefined && isIP(from) === 0) {
    const accepted = 'an IP address, such as 10.0.0.7';
    throw new InvalidInputError([{ path: '--from', found: quoteFound(from), accepted }]);
  }
  if (groups.length > 0 && user === '') {
    const accepted = '--as USER beside it: an issuer names groups for a user';
    throw new InvalidInputError([{ path: '--group', found: quoteFound(groups[0]), accepted }]);
  }
}

function findTagsIn(storeRoot: string, resolved: ResolvedReference): FindTags {
  const { upstream, repository, registry } = resolved;
  if (resolved.isHosted) {
    const hosted = openCatalog(hostedDir(storeRoot));
    const place = { upstreamId: HOSTED_ID, repository: `${registry}/${repository}` };
    return (digest) => hosted.tagsLeadingTo({ ...place, digest });
  }
  if (upstream === undefined) return async () => [];
  const catalog = openCatalog(storeRoot);
  return (digest) => catalog.tagsLeadingTo({ upstreamId: upstream.id, repository, digest });
}
