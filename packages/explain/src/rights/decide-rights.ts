import { isDeepStrictEqual } from 'node:util';
import {
  type Caller,
  compileAccess,
  explainRights,
  type FindTags,
  formatReason,
  type Right,
  type Verdict,
} from '@registry-cache/access';
import type { ResolvedReference } from '@registry-cache/config/references';

/** A question: the rights of a caller to an image. */
export interface RightsQuestion {
  readonly caller: Caller;
  readonly resolved: ResolvedReference;
  readonly policy: Parameters<typeof compileAccess>[0];
  /** Whether clients have to log in. */
  readonly hasLogins: boolean;
  readonly findTags: FindTags;
}

export interface DecidedRight {
  readonly right: Right;
  readonly isAllowed: boolean;
  /** From 1; undefined where no rule decides. */
  readonly rule?: number | undefined;
  readonly because?: string | undefined;
  /** `rule 3: use valkey` */
  readonly reason: string;
}

export interface DecidedImage {
  /** `docker.io/library/redis` */
  readonly image: string;
  readonly served: 'yes' | 'on demand' | 'no';
  /** Whether the caller gets further than to the login. */
  readonly isLetIn: boolean;
  /** Whether an address could change the answer, and the caller has none. */
  readonly lacksAddress: boolean;
  readonly tags: readonly string[] | undefined;
  readonly rights: readonly DecidedRight[];
}

/** Decides every right as the appliance would. */
export async function decideRights(question: RightsQuestion): Promise<DecidedImage> {
  const { caller, resolved, policy, hasLogins, findTags } = question;
  const { upstream, registry, repository, reference } = resolved;
  const access = compileAccess(policy);
  const image = `${registry}/${repository}`;
  const served =
    upstream !== undefined || resolved.isHosted ? 'yes' : resolved.isOnDemand ? 'on demand' : 'no';
  const isLetIn = caller.user !== undefined || !hasLogins || access.letsAnonymousIn;
  const asked = { caller, image, reference };
  const { verdicts, tags } = await explainRights(access, asked, findTags);
  const refusal = whyRefused(isLetIn, served, registry);
  return {
    image,
    served,
    isLetIn,
    lacksAddress:
      refusal === undefined &&
      caller.address === '' &&
      access.dependsOnAddress &&
      !isDeepStrictEqual(
        verdicts,
        (await explainRights(compileAccess(fromEverywhere(policy)), asked, findTags)).verdicts,
      ),
    tags: refusal === undefined ? tags : undefined,
    rights: verdicts.map((verdict) =>
      refusal === undefined
        ? describeVerdict(verdict)
        : { right: verdict.right, isAllowed: false, reason: refusal },
    ),
  };
}

/** The policy, as it speaks for a client at all addresses at once. */
function fromEverywhere(policy: RightsQuestion['policy']): RightsQuestion['policy'] {
  return policy && { ...policy, rules: policy.rules.map((rule) => ({ ...rule, from: undefined })) };
}

/** Why no rule is asked; undefined where the rules decide. */
function whyRefused(
  isLetIn: boolean,
  served: DecidedImage['served'],
  registry: string,
): string | undefined {
  if (!isLetIn) return 'a login is needed';
  return served === 'no' ? `${registry} is not served here` : undefined;
}

function describeVerdict(verdict: Verdict): DecidedRight {
  const { right, isAllowed, reason } = verdict;
  const byRule = reason.kind === 'rule' ? { rule: reason.rule, because: reason.because } : {};
  return { right, isAllowed, ...byRule, reason: formatReason(verdict) };
}
