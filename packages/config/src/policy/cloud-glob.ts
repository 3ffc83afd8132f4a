import {
  accept,
  type Cloud,
  describeHostsOfCloud,
  isHostOfCloud,
  type Parsed,
  quoteFound,
  reject,
} from '@registry-cache/domain';
import { parseWildcardKey, type WildcardPlace } from '../pull-secret/wildcard.ts';
import type { UpstreamPolicy } from './schema.ts';

/** Registries of a cloud that get its identity. */
export interface CloudGlob extends WildcardPlace {
  readonly cloud: Cloud;
}

/** Values of a star that make a glob a real name, if there is one. */
const SAMPLES = ['', 'example', '123456789012', 'eu-west-1', 'west-1', '1'];
const MOST_STARS = 3;

/**
 * A key with `*` gives an identity and nothing else: all its other parts are about one registry. It
 * names registries of the cloud only.
 */
export function parseCloudGlob(
  path: string,
  rawKey: string,
  { credentials, ...others }: UpstreamPolicy,
): Parsed<CloudGlob> {
  const place = parseWildcardKey(path, rawKey);
  if (!place.ok) return place;
  const [other] = Object.keys(others);
  if (credentials === undefined || other !== undefined) {
    const found = other ?? 'no credentials';
    return reject({ path, found, accepted: 'credentials alone, for a key with *' });
  }
  if (!canFit(credentials, place.value.host)) {
    return reject({ path, found: quoteFound(rawKey), accepted: describeHostsOfCloud(credentials) });
  }
  return accept({ ...place.value, cloud: credentials });
}

function canFit(cloud: Cloud, glob: string): boolean {
  if (!glob.includes('*')) return isHostOfCloud(cloud, glob);
  if (glob.split('*').length - 1 > MOST_STARS) return false;
  return SAMPLES.some((sample) => canFit(cloud, glob.replace('*', sample)));
}
