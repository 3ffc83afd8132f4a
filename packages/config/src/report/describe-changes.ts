import type { Issue } from '@registry-cache/domain';
import type { Changes } from '../apply/changes.ts';
import type { RenderedTree } from '../render/file.ts';

/** What a file of the configuration holds, for people. Only names and numbers of it are told. */
const FILES: readonly (readonly [RegExp, string, ((content: string) => number)?])[] = [
  [/^secrets\/htpasswd$/, 'users', countLines],
  [/^etc\/access\.json$/, 'rules of access', countRules],
  [/^secrets\/credentials\.json$/, 'credentials for registries'],
  [/^secrets\/client-certificates\.json$/, 'client certificates'],
  [/^secrets\/scanner-tokens\.json$/, 'tokens of scanners'],
  [/^etc\/haproxy\/certs\.pem$/, 'certificate'],
  [/^etc\/haproxy\/proxy-certs\.pem$/, 'certificate of the proxy'],
  [/^etc\/egress\.json$/, 'requests to registries'],
  [/^etc\/(?:auth|cleaner|logger)\.json$/, 'options of programs'],
];
const ENGINE = /^etc\/supervisor\/engines\/(?<id>.+)\.conf$/;

/**
 * A sentence on the changes of an update, for the audit log: registries that came or went, numbers
 * of users and rules, and names of all else. Never a value, which may be a secret.
 */
export function describeChanges(
  { written, removed }: Changes,
  current: RenderedTree,
  next: RenderedTree,
): string {
  const paths = [...written, ...removed];
  const count = (tree: RenderedTree, path: string, counter: (content: string) => number) =>
    counter(tree.get(path)?.content ?? '');
  const changed = FILES.flatMap(([pattern, name, counter]) => {
    const path = paths.find((one) => pattern.test(one));
    if (path === undefined) return [];
    if (counter === undefined) return [name];
    return [`${name} (${count(current, path, counter)} before, ${count(next, path, counter)} now)`];
  });
  const added = idsOf(written.filter((path) => !current.has(path)));
  const parts = [
    ...(added.length > 0 ? [`registries added: ${added.join(', ')}`] : []),
    ...(idsOf(removed).length > 0 ? [`registries removed: ${idsOf(removed).join(', ')}`] : []),
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

function countLines(content: string): number {
  return content.split('\n').filter((line) => line.trim() !== '').length;
}

function countRules(content: string): number {
  if (content === '') return 0;
  const { policy } = JSON.parse(content) as { policy?: { rules?: unknown[] } };
  return policy?.rules?.length ?? 0;
}
