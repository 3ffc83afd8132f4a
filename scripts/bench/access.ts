/** Requests with a login and a thousand rules of access, beside the same appliance without rules. */
import {
  basicAuthorization,
  makeImage,
  openNetwork,
  pushBundle,
  startRegistry,
} from '@registry-cache/testbed';
import { describeUpstreams } from '../../tests/e2e/stage.ts';
import { alternate } from './lib/alternate.ts';
import { runWrk, warm } from './lib/clients.ts';
import { type Contender, startOurs } from './lib/contender.ts';
import type { Row } from './lib/table.ts';

const RULES = 1_000;
const USERS = 100;
const CONNECTIONS = 16;
const SECONDS = 4;
/** The part of the rate without rules that has to stay. */
const AIM = 0.9;
/** The last user, who is in the last rule. */
const USER = { username: `user${USERS - 1}`, password: 'a long password' };

export async function benchAccess(): Promise<Row[]> {
  await using network = await openNetwork();
  await using upstream = await startRegistry({ host: network.gateway });
  const image = makeImage({ seed: 'bench access', layerSizesBytes: [1000] });
  await pushBundle(upstream, 'bench/app', 'v1', image);
  const { policyYaml } = describeUpstreams({ 'reg0.test': { url: upstream.url } });
  const passwords = { [USER.username]: USER.password };
  await using plain = await startOurs(network, upstream.url, 1, { passwords });
  await using ruled = await startOurs(network, upstream.url, 1, {
    passwords,
    policyYaml: JSON.stringify({ ...JSON.parse(policyYaml), access: { rules: makeRules() } }),
  });
  const headers = [`Authorization: ${basicAuthorization(USER)}`];
  const rows: Row[] = [];
  for (const [by, reference] of [
    ['digest', image.top.digest],
    ['tag', 'v1'],
  ] as const) {
    const rest = `bench/app/manifests/${reference}`;
    for (const contender of [plain, ruled]) await warm(contender, contender.path(rest), headers);
    const measure = async (contender: Contender) => {
      const options = { seconds: SECONDS, connections: CONNECTIONS, isKept: true, headers };
      const load = await runWrk(contender, contender.path(rest), options);
      return { rate: load.requests / load.wallSeconds };
    };
    const [bare, ours] = await alternate([plain, ruled], measure);
    rows.push({
      work: `manifests by ${by} with a login and ${RULES} rules, for those without rules`,
      unit: '1/s',
      ours: ours?.rate ?? Number.NaN,
      bare: bare?.rate ?? Number.NaN,
      aim: { atLeast: AIM },
    });
  }
  return rows;
}

/** Rules for many teams. One looks at tags, and the last one lets the user in. */
function makeRules(): object[] {
  const rules = Array.from({ length: RULES - 2 }, (_, index) => ({
    images: [`reg0.test/team${index}/**`],
    users: [`user${index % USERS}`, `group:team${index}`],
    from: ['127.0.0.0/8', '10.0.0.0/8'],
    allow: ['pull'],
  }));
  const all = { images: ['reg0.test/bench/*'], users: [USER.username], allow: ['pull', 'fetch'] };
  const old = { images: ['reg0.test/bench/app:v0*'], deny: ['pull'] };
  return [...rules, old, all];
}
