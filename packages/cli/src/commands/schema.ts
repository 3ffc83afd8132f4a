import { policySchema } from '@registry-cache/config';
import type { Command } from 'commander';
import { z } from 'zod';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Prints the JSON Schema of /registry-cache.yaml.')
    .action(() => console.log(formatPolicySchema()));
}

/** docs/registry-cache.schema.json. */
export function formatPolicySchema(): string {
  return JSON.stringify(z.toJSONSchema(policySchema), null, 2);
}
