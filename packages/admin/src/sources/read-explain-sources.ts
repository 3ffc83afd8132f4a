import { readFile } from 'node:fs/promises';
import { parseNames, type ReferenceNames } from '@registry-cache/config/references';
import type { AdminOptions, ExplainFacts } from '@registry-cache/domain';
import { EXPLAIN_FACTS } from '@registry-cache/explain';
import { parseJson } from '@registry-cache/runtime';

/** Reads the names and the facts that config has rendered. @throws the system's error. */
export async function readExplainSources({
  namesFile,
  explainFile,
}: Pick<AdminOptions, 'namesFile' | 'explainFile'>): Promise<{
  readonly names: ReferenceNames;
  readonly facts: ExplainFacts;
}> {
  return {
    names: parseNames(await readFile(namesFile, 'utf8')),
    facts: parseJson(await readFile(explainFile, 'utf8'), EXPLAIN_FACTS),
  };
}
