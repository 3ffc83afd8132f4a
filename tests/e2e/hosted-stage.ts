import {
  type Appliance,
  type ApplianceOptions,
  basicAuthorization,
  type Credentials,
  type HttpResponse,
} from '@registry-cache/testbed';
import type { Stage } from './stage.ts';

/** May push and delete in all of it. */
export const ANN = { username: 'ann', password: 'pass of ann' };
/** May pull, except what is secret. */
export const BOB = { username: 'bob', password: 'pass of bob' };

const ACCESS = {
  groups: { ops: ['ann'] },
  default: ['pull', 'fetch'],
  rules: [
    { images: ['apps/**', 'charts/**'], users: ['group:ops'], allow: ['pull', 'push', 'delete'] },
    { images: ['apps/secret/**'], users: ['bob'], deny: ['pull'], because: 'ask ann' },
    { images: ['apps/bob/**'], users: ['bob'], allow: ['pull', 'push'] },
  ],
};

/** Two hosted registries, and an upstream that nobody reaches. */
export function hostedPolicy(maxSize: string) {
  return {
    upstreams: { 'quay.test': { url: 'http://127.0.0.1:1' } },
    hosted: { apps: {}, charts: {}, maxSize },
    access: ACCESS,
  };
}

/** An appliance with two hosted registries, and no way out. */
export async function startHosted(
  stage: Stage,
  maxSize = '1G',
  options: Partial<ApplianceOptions> = {},
): Promise<Appliance> {
  return await stage.appliance(
    {},
    {
      pullSecret: { auths: { 'quay.test': {} } },
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      policyYaml: JSON.stringify(hostedPolicy(maxSize)),
      ...options,
    },
  );
}

/** One request, as a user or without a login. */
export async function ask(
  appliance: Appliance,
  method: string,
  path: string,
  user?: Credentials,
  more: { readonly body?: string | Uint8Array; readonly headers?: Record<string, string> } = {},
): Promise<HttpResponse> {
  await using client = appliance.client();
  const login = user && { authorization: basicAuthorization(user) };
  return await client.request(method, path, {
    headers: { ...login, ...more.headers },
    ...(more.body !== undefined && { body: more.body }),
  });
}

/** `CODE message` of the first error. */
export function errorOf(answer: HttpResponse): string {
  const { errors } = answer.json() as { errors: { code: string; message: string }[] };
  return `${errors[0]?.code} ${errors[0]?.message}`;
}
