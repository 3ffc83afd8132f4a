import { policySchema } from '@registry-cache/config';
import type { Command } from 'commander';
import { z } from 'zod';
import { formatTable } from '../format-table.ts';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .description('Prints the JSON Schema of /registry-cache.yaml.')
    .action(() => console.log(formatPolicySchema()));
}

/** The text of docs/registry-cache.schema.json. */
export function formatPolicySchema(): string {
  return JSON.stringify(z.toJSONSchema(policySchema, { io: 'input' }), null, 2);
}

/** The table of an upstream's keys in docs/configuration.md. */
export function formatPolicyTable(): string {
  const { shape } = policySchema.shape.upstreams.unwrap().valueType;
  return formatKeys(shape);
}

/** The table of an issuer's keys in docs/logins.md. */
export function formatIssuerTable(): string {
  const { shape } = policySchema.shape.authentication.unwrap();
  return formatKeys(shape.issuers.unwrap().element.shape);
}

function formatKeys(
  shape: Readonly<Record<string, { readonly description?: string | undefined }>>,
) {
  const rows = Object.entries(shape).map(([key, type]) => [`\`${key}\``, type.description ?? '']);
  return formatTable(['key', 'meaning'], rows);
}
