import type { ListedReference } from './read-list.ts';

/** What is exported, for people. */
export function describeReferences(references: readonly ListedReference[]): string {
  const [first] = references;
  const more = references.length - 1;
  return more > 0 ? `${first?.text} and ${more} more` : (first?.text ?? 'no images');
}

export interface OrderedOptions {
  readonly out: string;
  readonly all?: boolean;
  readonly for?: string;
  readonly platform?: string;
}

/** The arguments by which people export what the admin worker has asked for. */
export function describeOrder(
  references: readonly ListedReference[],
  { out, all = false, for: tool, platform }: OrderedOptions,
): string[] {
  return [
    ...['export', '--out', out, ...(all ? ['--all'] : [])],
    ...(tool === undefined ? [] : ['--for', tool]),
    ...(platform === undefined ? [] : ['--platform', platform]),
    ...references.map(({ text }) => text),
  ];
}
