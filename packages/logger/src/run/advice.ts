import type { AccessNote } from '@registry-cache/domain';

/** The log message for each note. The metric counts them. */
export const ADVICE: Readonly<Record<AccessNote, string>> = {
  'misplaced-endpoint':
    'a client uses an endpoint other than https://CACHE, or https://CACHE/v2/REGISTRY with override_path; it is served all the same',
  'docker-without-login':
    'a docker without a login was refused; if the cache is its mirror, it pulls from Docker Hub without a message',
  'too-many-requests':
    'an address had too many requests at once and got 429; MAX_REQUESTS_PER_SOURCE sets the limit',
};
