import type { AccessNote } from '@registry-cache/domain';

/** What the log says of each note; the metric counts how often. */
export const ADVICE: Readonly<Record<AccessNote, string>> = {
  'misplaced-endpoint':
    'a client has an endpoint that is no https://CACHE, nor https://CACHE/v2/REGISTRY with override_path; it is served all the same',
  'docker-without-login':
    'a docker without a login was refused; where the cache is its mirror, it pulls from Docker Hub without a word',
  'too-many-requests':
    'an address had too many requests at once and was told 429; MAX_REQUESTS_PER_SOURCE says how many it may have',
};
