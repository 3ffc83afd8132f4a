import {
  describeCheapHashes,
  findAccessNotices,
  findStrayVariables,
  type Model,
} from '@registry-cache/config';
import { formatMany, type Issue, type Notice } from '@registry-cache/domain';
import { type CheckContext, type CheckOutcome, tried } from '../check.ts';
import { buildFinding, type Finding } from '../finding.ts';

export interface InputFacts {
  readonly issues: readonly Issue[];
  readonly leftOut: readonly Issue[];
  readonly notices: readonly Notice[];
  /** Undefined where no hash is cheap. */
  readonly cheapHashes: string | undefined;
  readonly strayVariables: readonly string[];
}

export function findInputFaults(facts: InputFacts): Finding[] {
  return [
    ...facts.issues.map(({ path, found, accepted }) =>
      buildFinding('input-broken', { subject: path, found, accepted }),
    ),
    ...facts.leftOut.map(({ path, found, accepted }) =>
      buildFinding('entry-left-out', { subject: path, found, accepted }),
    ),
    ...facts.notices.map(({ path, found, taken }) =>
      buildFinding('input-odd', { subject: path, found: `${found}, taken as ${taken}` }),
    ),
    ...(facts.cheapHashes === undefined
      ? []
      : [buildFinding('hash-cheap', { subject: 'htpasswd', found: facts.cheapHashes })]),
    ...facts.strayVariables.map((name) =>
      buildFinding('variable-unread', { subject: name, found: 'a variable that nothing reads' }),
    ),
  ];
}

export async function checkInputs({ model, issues, env }: CheckContext): Promise<CheckOutcome> {
  const findings = findInputFaults({
    issues,
    leftOut: model?.leftOut ?? [],
    notices: model === undefined ? [] : [...model.notices, ...findAccessNotices(model)],
    cheapHashes: model && describeCheapHashes(model),
    strayVariables: findStrayVariables(env),
  });
  return tried(model === undefined ? '' : describe(model), findings);
}

function describe({ upstreams, hosted }: Model): string {
  const own = hosted === undefined ? '' : `, and ${hosted.names.length} of pushed images`;
  return `${formatMany(upstreams.length, 'registry', 'registries')}${own}`;
}
