import { parseDuration } from '@registry-cache/domain';
import type { Setting } from '../setting.ts';
import { parseBoolean, parseRegex } from '../value.ts';

/** How long the digest of a tag is good. */
export const TAG_SETTINGS = {
  ENABLE_MANIFEST_CACHE: {
    default: 'true',
    help: 'Whether the digest of a tag is remembered; `false`: the upstream is asked each time.',
    parse: parseBoolean,
  },
  MANIFEST_CACHE_PRIMARY_REGEX: {
    default: '(stable|nightly|production|test)',
    help: 'Tags that start like this have the primary time. Empty: none.',
    parse: parseRegex,
  },
  MANIFEST_CACHE_PRIMARY_TIME: {
    default: '10m',
    help: 'How long the digest of a tag of the primary tier is good.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_SECONDARY_REGEX: {
    default: String.raw`(.*)(\d|\.)+(.*)(\d|\.)+(.*)(\d|\.)+`,
    help: 'The same for the secondary time: versions, that is three digits or dots. Empty: none.',
    parse: parseRegex,
  },
  MANIFEST_CACHE_SECONDARY_TIME: {
    default: '60d',
    help: 'How long the digest of a tag of the secondary tier is good.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_DEFAULT_TIME: {
    default: '1h',
    help: 'How long the digest of any other tag is good, such as that of `latest`.',
    parse: parseDuration,
  },
  MANIFEST_CACHE_NEVER_REGEX: {
    default: '',
    help: 'Tags that start like this are never remembered; it goes before the tiers. Empty: none.',
    parse: parseRegex,
  },
} as const satisfies Record<string, Setting<unknown>>;
