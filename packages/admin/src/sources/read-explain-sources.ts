import { readFile } from 'node:fs/promises';
import type { ReferenceNames } from '@registry-cache/config/references';
import type { AdminOptions, ExplainFacts } from '@registry-cache/domain';
import { EXPLAIN_FACTS } from '@registry-cache/explain';
import { parseJson } from '@registry-cache/runtime';
import { readReferenceNames } from './find-image.ts';

/** Reads the names and the facts that config has rendered. @throws the system's error. */
export async function readExplainSources({
  namesFile,
  explainFile,
}: Pick<AdminOptions, 'namesFile' | 'explainFile'>): Promise<{
  readonly names: ReferenceNames;
  readonly facts: ExplainFacts;
}> {
  return {
    names: await readReferenceNames({ namesFile }),
    facts: parseJson(await readFile(explainFile, 'utf8'), EXPLAIN_FACTS),
  };
}
