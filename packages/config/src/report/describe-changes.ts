import type { Issue } from '@registry-cache/domain';
import type { Changes } from '../apply/changes.ts';
import type { RenderedTree } from '../render/file.ts';
import { count, describeParts, type TreePart } from './describe-parts.ts';

/** What a file of the configuration holds, for people. Only names and numbers of it are told. */
const FILES: readonly (readonly [RegExp, string])[] = [
  [/^secrets\/credentials\.json$/, 'credentials for registries'],
  [/^secrets\/client-certificates\.json$/, 'client certificates'],
  [/^secrets\/scanner-tokens\.json$/, 'tokens of scanners'],
  [/^etc\/haproxy\/certs\.pem$/, 'certificate'],
  [/^etc\/haproxy\/proxy-certs\.pem$/, 'certificate of the proxy'],
  [/^etc\/operators\.json$/, 'operators of the admin API'],
  [/^etc\/jobs\.json$/, 'followed lists'],
  [/^etc\/(?:admin|auth|cleaner|logger)\.json$/, 'options of programs'],
];
const USERS = 'secrets/htpasswd';
const ENGINE = /^etc\/supervisor\/engines\/(?<id>.+)\.conf$/;

/**
 * A sentence on the changes of an update, for the audit log: registries that came, went or changed,
 * numbers of users and rules, and names of all else. Never a value, which may be a secret.
 */
export function describeChanges(
  { written, removed }: Changes,
  current: RenderedTree,
  next: RenderedTree,
): string {
  const paths = [...written, ...removed];
  const part = (tree: RenderedTree): TreePart => ({ read: (path) => tree.get(path)?.content });
  const { keys, registries, rules } = describeParts(part(current), part(next));
  const users = paths.includes(USERS)
    ? [
        count(
          'users',
          countLines(current.get(USERS)?.content),
          countLines(next.get(USERS)?.content),
        ),
      ]
    : [];
  const files = FILES.flatMap(([pattern, name]) => {
    return paths.some((path) => pattern.test(path)) ? [name] : [];
  });
  const changed = [...users, ...rules, ...files];
  const named = (list: readonly string[]) => idsOf(list).map((id) => keys.get(id) ?? id);
  const added = named(written.filter((path) => !current.has(path)));
  const gone = named(removed);
  const parts = [
    ...(added.length > 0 ? [`registries added: ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`registries removed: ${gone.join(', ')}`] : []),
    ...(registries.length > 0 ? [`registries changed: ${registries.join(', ')}`] : []),
    ...(changed.length > 0 ? [`changed: ${changed.join(', ')}`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : 'changed: the configuration of programs';
}

/** The places of a broken input, without what was found there. */
export function describeIssues(issues: readonly Issue[]): string {
  const paths = [...new Set(issues.map(({ path }) => path))];
  return `a broken change is not in use: ${paths.join(', ')}`;
}

function idsOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => ENGINE.exec(path)?.groups?.id ?? []);
}

function countLines(content = ''): number {
  return content.split('\n').filter((line) => line.trim() !== '').length;
}
