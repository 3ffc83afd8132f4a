import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccessRecord, runPaths } from '@registry-cache/domain';
import type { Command } from 'commander';
import { formatAccess } from '../format-access.ts';

const POLL_MS = 250;

export function addLogs(program: Command): void {
  program
    .command('logs')
    .description('Shows what the edge has served, a line for each request.')
    .option('-f, --follow', 'go on as requests come')
    .option('--json', 'the lines as they are written')
    .action(async ({ follow = false, json = false }: { follow?: boolean; json?: boolean }) => {
      const path = runPaths(process.env.RUNDIR).accessLog;
      let place = await showFrom(path, 0, json);
      while (follow) {
        await sleep(POLL_MS);
        const { size } = await stat(path).catch(() => ({ size: 0 }));
        // A rotation began the file anew.
        if (size < place) place = 0;
        if (size > place) place = await showFrom(path, place, json);
      }
    });
}

/** Prints whole lines from a byte offset and returns the offset after the last of them. */
async function showFrom(path: string, start: number, json: boolean): Promise<number> {
  const input = createReadStream(path, { start });
  let place = start;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const end = place + Buffer.byteLength(line) + 1;
      // The last line may be half written; it is read again when the rest has come.
      if (start + input.bytesRead < end) break;
      place = end;
      console.log(json ? line : formatLine(line));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return place;
}

function formatLine(line: string): string {
  try {
    return formatAccess(JSON.parse(line) as AccessRecord);
  } catch {
    return line;
  }
}
