import { LOG_FORMATS, LOG_LEVELS, parseSize } from '@registry-cache/domain';
import { parseCollectors } from '../values/collectors.ts';
import type { Setting } from '../values/setting.ts';
import { parseAbsolutePath, parseLogFormat, parseOneOf, parseOptional } from '../values/value.ts';

/** The logs, and the collectors that get them. */
export const LOG_SETTINGS = {
  LOG_LEVEL: {
    default: 'info',
    help: `One of ${LOG_LEVELS.join(', ')}.`,
    parse: parseOneOf(...LOG_LEVELS),
  },
  LOG_FORMAT: {
    default: '',
    help: `The form of the log lines: \`${LOG_FORMATS.join('` or `')}\`. Empty: text where the container's output is a terminal, else json.`,
    parse: parseLogFormat,
  },
  LOG_FORWARD: {
    default: '',
    help: "Collectors that get the access log, the audit log and the programs' logs by syslog, space-separated: `tcp://host:514`, `tls://host:6514`, `udp://host:514`, `relp://host:2514`, `relps://host:2514`. Empty: none.",
    parse: parseCollectors,
  },
  LOG_FORWARD_CA_PATH: {
    default: '',
    help: 'The certificate authorities to trust towards collectors. Empty: those that are trusted towards upstreams.',
    parse: parseOptional(parseAbsolutePath),
  },
  LOG_FORWARD_QUEUE: {
    default: '256M',
    help: 'How much the lines for one collector that is away may take in the volume of the store. Further lines are dropped and counted.',
    parse: parseSize,
  },
} as const satisfies Record<string, Setting<unknown>>;
