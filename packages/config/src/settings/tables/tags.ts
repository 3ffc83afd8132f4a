import { accept, type Parsed, parseDuration } from '@registry-cache/domain';
import { readNginxTime } from '../aliases/nginx.ts';
import type { Setting } from '../values/setting.ts';
import { parseBoolean, parseRegex } from '../values/value.ts';

/**
 * Three numbers, as `1.27.3-alpine`: a release, which is seldom made anew. Tags whose name says that
 * they move are excluded.
 */
export const FULL_VERSION_REGEX = String.raw`(?!.*(?:SNAPSHOT|snapshot|latest|nightly|dev|edge))v?\d+\.\d+\.\d`;

/**
 * Three digits or dots: anything like a version, such as `22.04` and `3.12`. Such images are made
 * anew for each update of their contents. The regex of container-registry-proxy.
 */
export const VERSION_REGEX = String.raw`(.*)(\d|\.)+(.*)(\d|\.)+(.*)(\d|\.)+`;

/** The secondary time without a regex means the same tags as in container-registry-proxy. */
export function completeTagVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { MANIFEST_CACHE_SECONDARY_TIME: time, MANIFEST_CACHE_SECONDARY_REGEX: regex } =
    environment;
  if (time === undefined || regex !== undefined) return environment;
  return { ...environment, MANIFEST_CACHE_SECONDARY_REGEX: VERSION_REGEX };
}

/** A duration, or a time as nginx has it: `600` is seconds, and 0 means that no digest is remembered. */
function parseTagTime(path: string, text: string): Parsed<number> {
  const duration = parseDuration(path, text);
  const time = readNginxTime(text);
  return duration.ok || time === undefined ? duration : accept(time);
}

/** How long the digest of a tag is valid. */
export const TAG_SETTINGS = {
  ENABLE_MANIFEST_CACHE: {
    default: 'true',
    help: 'Whether the digest of a tag is remembered. `false`: the upstream is asked each time.',
    parse: parseBoolean,
  },
  MANIFEST_CACHE_PRIMARY_REGEX: {
    default: '(stable|nightly|production|test)',
    help: 'Tags that start like this have the primary time. Empty: none.',
    parse: parseRegex,
  },
  MANIFEST_CACHE_PRIMARY_TIME: {
    default: '10m',
    help: 'How long the digest of a tag of the primary tier is valid.',
    parse: parseTagTime,
  },
  MANIFEST_CACHE_SECONDARY_REGEX: {
    default: FULL_VERSION_REGEX,
    help: `The same for the secondary time: by default full versions, as \`v1.27.3\`; where MANIFEST_CACHE_SECONDARY_TIME alone is set, \`${VERSION_REGEX}\`. Empty: none.`,
    parse: parseRegex,
  },
  MANIFEST_CACHE_SECONDARY_TIME: {
    default: '60d',
    help: 'How long the digest of a tag of the secondary tier is valid.',
    parse: parseTagTime,
  },
  MANIFEST_CACHE_DEFAULT_TIME: {
    default: '1h',
    help: 'How long the digest of any other tag is valid, such as that of `latest`.',
    parse: parseTagTime,
  },
  MANIFEST_CACHE_NEVER_REGEX: {
    default: '',
    help: 'Tags that start like this are never remembered. This goes before the tiers. Empty: none.',
    parse: parseRegex,
  },
} as const satisfies Record<string, Setting<unknown>>;
