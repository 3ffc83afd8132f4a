import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Appliance, type CommandResult, runCommand } from '@registry-cache/testbed';

const SCRIPT = 'peak-memory.mjs';
const FIGURE = 'peak-memory.txt';
/** `maxRSS` is in KiB. */
const TEXT = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  writeFileSync(new URL('./${FIGURE}', import.meta.url), String(process.resourceUsage().maxRSS));
});
`;

export interface Measured extends CommandResult {
  /** The largest resident set of the process, in MiB. */
  readonly peakMib: number;
}

/**
 * Runs `registry-cache` in the container, and reads how much memory its process had at its peak.
 * @param folder a folder of this machine, which everybody may write to.
 * @param mount where the container has it.
 */
export async function runMeasured(
  { id }: Appliance,
  { folder, mount }: { readonly folder: string; readonly mount: string },
  args: readonly string[],
  timeoutMs?: number,
): Promise<Measured> {
  const figure = join(folder, FIGURE);
  await rm(figure, { force: true });
  await writeFile(join(folder, SCRIPT), TEXT);
  const env = `--env=NODE_OPTIONS=--import=${mount}/${SCRIPT}`;
  const result = await runCommand('podman', ['exec', env, id, 'registry-cache', ...args], {
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  const peakMib = Number(await readFile(figure, 'utf8')) / 1024;
  await rm(figure);
  await rm(join(folder, SCRIPT));
  return { ...result, peakMib };
}
