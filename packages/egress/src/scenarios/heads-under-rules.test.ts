import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ListRights } from '../cache/contract/list-rights.ts';
import { startFixture } from '../testing/egress-fixture.ts';
import { OTHER_RULE, startSignedOrigin } from '../testing/signed-origin.ts';

const yes = () => true;

function pushable(...images: string[]): ListRights {
  const mayBePushed = (image: string) => images.includes(image);
  return { mayPullSome: yes, mayPullAll: yes, mayPullTag: yes, mayBePushed };
}

test.each([
  ['where nobody may push', undefined, 403],
  ['where rules let somebody push another image', pushable('up.example.com/b'), 403],
  ['where rules let somebody push the image', pushable('up.example.com/a'), 200],
])('HEAD of a stored layer without a good signature, %s', async (_where, rights, status) => {
  await using origin = await startSignedOrigin();
  const { digest, layer } = origin.pushImage('one', 'latest');
  // It came here before there were rules.
  await using before = await startFixture(origin.url);
  const path = `/v2/a/blobs/${layer}`;
  for (const one of [`/v2/a/manifests/${digest}`, path]) {
    expect((await before.ask(one)).status).toBe(200);
  }
  await before.stop(0);
  await using egress = await startFixture(origin.url, {
    options: { trust: [OTHER_RULE], storeRoot: join(before.dir, 'store') },
    deps: { listRights: () => rights },
  });
  expect((await egress.ask(path, { method: 'HEAD' })).status).toBe(status);
  expect((await egress.ask(path)).status).toBe(403);
});
