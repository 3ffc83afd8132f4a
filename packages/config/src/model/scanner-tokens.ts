import { accept, type Issue, type Parsed, reject, Secret } from '@registry-cache/domain';
import type { AdmissionSpec } from '../policy/admission.ts';

/** The tokens of scanners, by the URL that alone gets them. */
export type ScannerTokens = ReadonlyMap<string, Secret>;

/** RFC 6750, 2.1, and what else a header can hold without quotes. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;

/**
 * Checks the tokens of the rules for admission.
 * @param files - Their files, by path. One that could not be read is missing, and has its issue
 *   already.
 */
export function parseScannerTokens(
  policyFile: string,
  spec: AdmissionSpec,
  files: ReadonlyMap<string, string>,
): Parsed<ScannerTokens> {
  const issues: Issue[] = [];
  const tokens = new Map<string, Secret>();
  const sources = new Map<string, string>();
  for (const [index, { ask, token: source }] of spec.entries()) {
    const text = source === undefined ? undefined : files.get(source)?.trim();
    if (ask === undefined || source === undefined || text === undefined) continue;
    const path = `${policyFile} admission[${index}].token`;
    const other = sources.get(ask) ?? source;
    if (!TOKEN.test(text)) {
      issues.push({
        path,
        found: `${source}, which is empty or something else`,
        accepted: 'a token of one line, without spaces',
      });
    } else if (other !== source) {
      issues.push({
        path,
        found: source,
        accepted: `${other}, as in the rule before with this ask`,
      });
    } else {
      sources.set(ask, source);
      tokens.set(ask, new Secret(text));
    }
  }
  return issues.length > 0 ? reject(...issues) : accept(tokens);
}
