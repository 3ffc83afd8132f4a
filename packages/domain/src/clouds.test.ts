import { expect, test } from 'vitest';
import { isHostOfCloud, parseEcrHost } from './clouds.ts';

test.each([
  ['google', 'us-central1-docker.pkg.dev', true],
  ['google', 'gcr.io', true],
  ['google', 'eu.gcr.io', true],
  ['google', 'pkg.dev', false],
  ['google', 'gcr.io.evil.example', false],
  ['google', 'a.b.gcr.io', false],
  ['google', 'gcr.io:5000', false],
  ['aws', 'public.ecr.aws', true],
  ['aws', '123456789012.dkr.ecr.eu-west-1.amazonaws.com', true],
  ['aws', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', true],
  ['aws', '123456789012.dkr-ecr.eu-west-1.on.aws', true],
  ['aws', 'bucket.dkr.ecr.x.s3.amazonaws.com', false],
  ['aws', '123456789012.dkr.ecr.eu-west-1.evil.amazonaws.com', false],
  ['aws', '123456789012.dkr.ecr.evil.amazonaws.com', false],
  ['azure', 'example.azurecr.io', true],
  ['azure', 'example.eu.azurecr.io', false],
  ['azure', 'azurecr.io', false],
] as const)('%s: %s is its registry: %s', (cloud, host, isIts) => {
  expect(isHostOfCloud(cloud, host)).toBe(isIts);
});

test('the host of an ECR registry tells its region and endpoint', () => {
  expect(parseEcrHost('123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com')).toEqual({
    region: 'us-gov-west-1',
    isPublic: false,
    isFips: true,
    isDualStack: false,
  });
  expect(parseEcrHost('123456789012.dkr-ecr.eu-west-1.on.aws')).toMatchObject({
    region: 'eu-west-1',
    isDualStack: true,
  });
  expect(parseEcrHost('public.ecr.aws')).toMatchObject({ region: 'us-east-1', isPublic: true });
});
