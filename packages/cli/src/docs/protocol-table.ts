import { INTERNAL_HEADERS, INTERNAL_PATHS, type InternalName } from '@registry-cache/domain';

const HEAD = '| name | tells | sender | reader | why it is safe |\n| --- | --- | --- | --- | --- |';

/** The headers and paths that only programs of the cache exchange, as a table of Markdown. */
export function formatProtocolTable(): string {
  const names: InternalName[] = [
    ...Object.values(INTERNAL_HEADERS),
    ...Object.values(INTERNAL_PATHS),
  ];
  const rows = names.map(
    ({ name, meaning, sender, reader, safety }) =>
      `| \`${name}\` | ${meaning} | ${sender} | ${reader} | ${safety} |`,
  );
  return [HEAD, ...rows].join('\n');
}
