import { type Parsed, unwrap } from '@registry-cache/domain';
import { addFromPolicy } from '../model/declared.ts';
import { buildUpstreams, type Upstream } from '../model/upstream.ts';
import { parsePolicy } from '../policy/parse.ts';
import { parsePullSecret } from '../pull-secret/parse.ts';
import { parseSettings } from '../settings/parse.ts';

/** Anonymous upstreams by these keys of a pull secret, with the default settings. */
export function upstreamsOf(keys: readonly string[], policy = ''): Parsed<readonly Upstream[]> {
  const auths = Object.fromEntries(keys.map((key) => [key, {}]));
  const { upstreams, anonymousGlobs } = unwrap(
    parsePullSecret('ps', JSON.stringify({ auths }), []),
  );
  const parsed = unwrap(parsePolicy('policy', policy));
  const declared = addFromPolicy(upstreams, parsed, anonymousGlobs);
  return buildUpstreams(
    declared,
    [],
    'policy',
    parsed.upstreams,
    new Map(),
    unwrap(parseSettings({})),
  );
}
