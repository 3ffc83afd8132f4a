/** The clouds whose own identity can be the login at their registries. */
export const CLOUDS = ['google', 'aws', 'azure'] as const;
export type Cloud = (typeof CLOUDS)[number];

/** An ECR registry, as its host names it. */
export interface EcrRegistry {
  /** The region whose service gives out the login: that of the host, `us-east-1` for public ECR. */
  readonly region: string;
  readonly isPublic: boolean;
  /** Whether the host is one of the endpoints by FIPS 140. */
  readonly isFips: boolean;
  /** Whether the host has IPv6 as well (`on.aws`). */
  readonly isDualStack: boolean;
}

const PUBLIC_ECR = new Set(['public.ecr.aws', 'ecr-public.aws.com']);
const PUBLIC_ECR_REGION = 'us-east-1';

/**
 * Account, FIPS, region and domain of a private registry. A region has no dots, so a name cannot
 * lead to a service beyond its own.
 * Source: Amazon ECR User Guide, "Private registries" and "Making requests to Amazon ECR".
 */
const PRIVATE_ECR =
  /^\d{12}\.dkr[.-]ecr(?<fips>-fips)?\.(?<region>[a-z]{2,6}(?:-[a-z]+)+-\d{1,2})\.(?:amazonaws\.(?:com|com\.cn|eu)|(?<dual>on\.aws|on\.amazonwebservices\.com\.cn))$/;

/** Artifact Registry, and Container Registry, which it serves as well. */
const GOOGLE = /^(?:[a-z0-9-]+\.pkg\.dev|(?:[a-z0-9-]+\.)?gcr\.io)$/;
const AZURE = /^[a-z0-9-]+\.azurecr\.(?:io|cn|us)$/;

const ACCEPTED: Readonly<Record<Cloud, string>> = {
  google: 'a host of Google, such as europe-docker.pkg.dev or gcr.io',
  aws: 'a host of Amazon ECR, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com or public.ecr.aws',
  azure: 'a host of Azure, such as example.azurecr.io',
};

/** The ECR registry of a host; undefined for any other host. */
export function parseEcrHost(host: string): EcrRegistry | undefined {
  if (PUBLIC_ECR.has(host)) {
    return { region: PUBLIC_ECR_REGION, isPublic: true, isFips: false, isDualStack: false };
  }
  const { region, fips, dual } = PRIVATE_ECR.exec(host)?.groups ?? {};
  if (region === undefined) return undefined;
  return {
    region,
    isPublic: false,
    isFips: fips !== undefined,
    isDualStack: dual !== undefined,
  };
}

/** Whether a host is a registry of the cloud. Only such a registry gets the cloud's identity. */
export function isHostOfCloud(cloud: Cloud, host: string): boolean {
  switch (cloud) {
    case 'google':
      return GOOGLE.test(host);
    case 'aws':
      return parseEcrHost(host) !== undefined;
    case 'azure':
      return AZURE.test(host);
  }
}

/**
 * The hosts of a cloud's registries, as a regular expression for JavaScript and PCRE. It has named
 * groups, so that one expression takes it once.
 */
export function formatHostsOfCloud(cloud: Cloud): string {
  switch (cloud) {
    case 'google':
      return GOOGLE.source;
    case 'aws': {
      const hosts = [...PUBLIC_ECR].map((host) => host.replaceAll('.', '\\.'));
      return `^(?:${hosts.join('|')})$|${PRIVATE_ECR.source}`;
    }
    case 'azure':
      return AZURE.source;
  }
}

/** The hosts of a cloud, in words. */
export function describeHostsOfCloud(cloud: Cloud): string {
  return ACCEPTED[cloud];
}
