import type { HttpResponse } from '@registry-cache/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Cell,
  expectAnswer,
  expectCatalog,
  expectTags,
  findDifference,
} from './access-expectations.ts';
import { REFERENCES, REPOSITORIES, TAGS } from './access-images.ts';
import type { OraclePolicy } from './access-oracle.ts';
import { createRandom, makePolicy, type PolicySubjects, type Random } from './access-policies.ts';
import { type MatrixStage, openMatrixStage } from './access-stage.ts';
import {
  formRequest,
  type MatrixRegistry,
  type MatrixRequest,
  REGISTRIES,
  USERS,
  waysOf,
} from './access-ways.ts';
import { openStage, type Stage } from './stage.ts';

/** More policies, or others: `ACCESS_MATRIX_POLICIES=100 ACCESS_MATRIX_SEED=7`. */
const POLICIES = Number(process.env.ACCESS_MATRIX_POLICIES ?? 3);
const SEED = Number(process.env.ACCESS_MATRIX_SEED ?? 12);
/** Of each registry, by each user. */
const REFERENCES_EACH = 40;
const CLIENTS = 16;
const ADDRESSES = ['10.1.2.3', '10.200.0.9', '192.168.5.6', '2001:db8::7'];
const SUBJECTS: PolicySubjects = {
  users: USERS,
  registries: REGISTRIES.flatMap(({ name, aliases }) => [name, ...aliases]),
  repositories: Object.keys(REPOSITORIES),
  tags: TAGS,
  networks: ['10.0.0.0/8', '10.1.0.0/16', '192.168.5.6', '2001:db8::/32', '0.0.0.0/0', '::/0'],
};

let stage: Stage;
let matrix: MatrixStage;

beforeAll(async () => {
  stage = await openStage();
  matrix = await openMatrixStage(stage);
});

afterAll(() => stage[Symbol.asyncDispose]());

it.each(Array.from({ length: POLICIES }, (_, index) => SEED + index))(
  'policy %i is obeyed by every way in, and what it denies costs the registry nothing',
  async (seed) => {
    const random = createRandom(seed);
    const policy = makePolicy(random, SUBJECTS);
    await matrix.enforce(policy);
    const tokens = await issueTokens(policy);
    const { gateway } = stage.network;
    const cells = [
      ...makeReads(random, tokens, policy, gateway),
      ...makeLists(random, policy, gateway),
      ...makeWrites(random, policy, gateway),
    ];
    const [free, others] = [true, false].map((isFree) =>
      cells.filter(({ expected }) => expected.isFree === isFree),
    ) as [Cell[], Cell[]];
    matrix.costs();
    const found = await askAll(free);
    const costs = matrix.costs();
    found.push(...(await askAll(others)), ...(await askCatalogs(policy)));
    const differences = { count: found.length, first: found.slice(0, 10) };
    const report = found.length > 0 ? { policy: JSON.stringify(policy) } : {};
    expect({ differences, costs, ...report }).toEqual({
      differences: { count: 0, first: [] },
      costs: [],
    });
  },
);

it('a change of the rules counts for all pulls after it, also over connections of before', async () => {
  const [, registry] = REGISTRIES as [MatrixRegistry, MatrixRegistry];
  const repository = 'team/app';
  const place = { registry, repository, rest: 'manifests/v1', way: 'path' } as const;
  const { path, headers } = formRequest({
    method: 'GET',
    address: '10.1.2.3',
    user: 'ann',
    ...place,
  });
  const images = [`${registry.name}/${repository}`];
  await matrix.enforce({ default: ['pull'], rules: [] });
  await using client = matrix.proxy.appliance.client({ pinned: true });
  const before = new Set<number>();
  const after: number[] = [];
  let isInForce = false;
  const pull = async () => {
    while (after.length < 100) {
      const isLate = isInForce;
      const { status } = await client.get(path, { headers });
      if (isLate) after.push(status);
      else before.add(status);
    }
  };
  const pulls = Array.from({ length: 8 }, pull);
  await matrix.enforce({ default: ['pull'], rules: [{ images, deny: ['pull'] }] });
  isInForce = true;
  await Promise.all(pulls);
  expect([...before].filter((status) => status !== 200 && status !== 403)).toEqual([]);
  expect(before).toContain(200);
  expect(after.filter((status) => status !== 403)).toEqual([]);
});

/** Each user asks for some references in every registry, each by some way in. */
function makeReads(
  random: Random,
  tokens: ReadonlyMap<string | undefined, string>,
  policy: OraclePolicy,
  gateway: string,
): Cell[] {
  return REGISTRIES.flatMap((registry) => {
    const all = registry.repositories.flatMap((repository) =>
      REFERENCES.map((reference) => ({ repository, reference })),
    );
    const chosen = random.shuffle(all).slice(0, REFERENCES_EACH);
    return [undefined, ...USERS].flatMap((user) =>
      chosen.map(({ repository, reference }) => {
        const { kind, name } = reference;
        const methods = {
          manifests: ['GET', 'HEAD'],
          blobs: ['GET', 'HEAD', 'RANGE'],
          referrers: ['GET'],
        } as const;
        const token = random.isIn(0.3) ? tokens.get(user) : undefined;
        const request: MatrixRequest = {
          ...aim(random, registry, user),
          method: random.pick(methods[kind]),
          repository,
          rest: `${kind}/${name}`,
          ...(token !== undefined && { token }),
        };
        return { request, expected: expectAnswer(policy, request, gateway, reference) };
      }),
    );
  });
}

/** Each user asks for the tags of each repository. */
function makeLists(random: Random, policy: OraclePolicy, gateway: string): Cell[] {
  return everywhere((registry, repository, user) => {
    const target = aim(random, registry, user);
    const request: MatrixRequest = { ...target, method: 'GET', repository, rest: 'tags/list' };
    return { request, expected: expectTags(policy, request, gateway) };
  });
}

/** Some users push to, and delete from, each repository. Only HTTPS_PROXY leads there. */
function makeWrites(random: Random, policy: OraclePolicy, gateway: string): Cell[] {
  const cells = everywhere((registry, repository, user): Cell => {
    const way = 'proxy';
    const target = { ...aim(random, registry, user), way, repository } as const;
    if (random.isIn(0.5)) {
      const request: MatrixRequest = { ...target, method: 'POST', rest: 'blobs/uploads/' };
      return { request, expected: expectAnswer(policy, request, gateway) };
    }
    const name = `sha256:${'0'.repeat(64)}`;
    const reference = { kind: 'manifests', name } as const;
    const request: MatrixRequest = { ...target, method: 'DELETE', rest: `manifests/${name}` };
    return { request, expected: expectAnswer(policy, request, gateway, reference) };
  });
  return random.shuffle(cells).slice(0, 80);
}

function everywhere(
  make: (registry: MatrixRegistry, repository: string, user: string | undefined) => Cell,
): Cell[] {
  return REGISTRIES.flatMap((registry) =>
    registry.repositories.flatMap((repository) =>
      [undefined, ...USERS].map((user) => make(registry, repository, user)),
    ),
  );
}

function aim(random: Random, registry: MatrixRegistry, user: string | undefined) {
  const way = random.pick(waysOf(registry));
  return { registry, way, address: random.pick(ADDRESSES), ...(user !== undefined && { user }) };
}

/** Asks them all, a few at a time, and returns what differs. */
async function askAll(cells: readonly Cell[]): Promise<string[]> {
  const found: string[] = [];
  const queue = cells.values();
  const work = async () => {
    for (const cell of queue) {
      const difference = findDifference(cell, await matrix.ask(cell.request));
      if (difference !== undefined) found.push(difference);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, work));
  return found;
}

/** Each user asks for the catalog, from each address. */
async function askCatalogs(policy: OraclePolicy): Promise<string[]> {
  const [registry] = REGISTRIES as [MatrixRegistry];
  const cells = [undefined, ...USERS].flatMap((user) =>
    ADDRESSES.map((address): Cell => {
      const caller = { address, ...(user !== undefined && { user }) };
      const place = { registry, repository: '', rest: '_catalog?n=1000', way: 'catalog' } as const;
      const expected = expectCatalog(policy, caller);
      return { request: { method: 'GET', ...place, ...caller }, expected };
    }),
  );
  return askAll(cells);
}

/** A token for each user, who asks for much more than anybody may have. */
async function issueTokens(policy: OraclePolicy): Promise<Map<string | undefined, string>> {
  const scopes = REGISTRIES.flatMap(({ path, repositories }) =>
    repositories.map((repository) => `repository:${path}/${repository}:pull,push,delete,*`),
  );
  const scope = [...scopes.slice(0, 20), 'registry:catalog:*', 'repository:**:*'];
  const query = new URLSearchParams([
    ['service', 'registry-cache'],
    ...scope.map((text): [string, string] => ['scope', text]),
  ]);
  const users = [...(policy.anonymous === undefined ? [] : [undefined]), ...USERS];
  const issued = users.map(async (user) => {
    const answer: HttpResponse = await matrix.askToken(query, user);
    expect(answer.status).toBe(200);
    return [user, (answer.json() as { token: string }).token] as const;
  });
  return new Map(await Promise.all(issued));
}
