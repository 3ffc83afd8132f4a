import { expect, test } from 'vitest';
import { containerArguments } from './options.ts';

test('an appliance with a network and with every option gets all arguments', () => {
  const network = { name: 'net', gateway: '10.89.0.1' } as never;
  const options = {
    pullSecret: {},
    pullSecretMount: 'folder',
    network,
    passwords: { alice: 'a' },
    env: { CLEANER_MAXSIZE: '1G' },
    hosts: { 'quay.io': '10.89.0.1' },
    readOnly: true,
    user: '1000:1000',
    extraArgs: ['--memory=512m'],
  } as const;
  expect(containerArguments(options, 4000)).toEqual([
    '--network=net',
    '--publish=127.0.0.1:4000:8443',
    '--add-host=quay.io:10.89.0.1',
    '--env=REGISTRY_AUTH=htpasswd',
    '--env=REGISTRY_AUTH_HTPASSWD_REALM=testbed',
    '--env=REGISTRY_AUTH_HTPASSWD_PATH=/auth/htpasswd',
    '--env=PULLSECRETPATH=/pull-secret/pull-secret.json',
    '--env=CLEANER_MAXSIZE=1G',
    '--read-only',
    '--user=1000:1000',
    '--no-healthcheck',
    '--memory=512m',
  ]);
});
