import type { TrustRule } from '@registry-cache/domain';
import { checkSignatures } from '@registry-cache/trust';
import { whileClientOpen } from '../contract/keep-client-open.ts';
import { VerdictCheck } from '../verdicts/verdict-check.ts';
import { checkBroughtFirst } from './brought-signatures.ts';
import { planVerdict } from './plan-verdict.ts';
import { createSignatureSource } from './signature-source.ts';
import type { TrustDeps, TrustUpstream } from './trust-deps.ts';

/** An image may be signed a moment after it was pushed. */
const REFUSED_FOR_MS = 30_000;

export type Trust = VerdictCheck<TrustUpstream, TrustRule>;

/** Checks the signatures of images that enter, and keeps the good verdicts. */
export function createTrustCheck({ onDecision, ...deps }: TrustDeps): Trust {
  return new VerdictCheck({
    ...deps,
    phase: 'trust',
    noImage: 'no image that was pulled here with a good signature has it; pull the image first',
    refusedForMs: REFUSED_FOR_MS,
    find: ({ upstream, repository, image, rules }, { digest, bytes }) =>
      whileClientOpen(upstream, async () => {
        const { key, repositoryPrefix } = upstream;
        const prefixed = repositoryPrefix === '' ? [] : [`${repositoryPrefix}/${repository}`];
        const signed = { repositories: [repository, ...prefixed], digest, bytes };
        const found = await checkBroughtFirst(
          (source) => checkSignatures(source, signed, rules.rules),
          upstream.brought(repository),
          createSignatureSource(upstream, repository),
        );
        const { outcome, decisions } = planVerdict(rules.rules, found);
        for (const decision of decisions) onDecision({ upstream: key, image, digest, ...decision });
        return outcome;
      }),
  });
}
