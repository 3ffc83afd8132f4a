/**
 * The file time of a tag's link by which an operator wishes the tag to be checked, in epoch
 * milliseconds. It is older than any tag that is remembered.
 */
export const RECHECK_WISH_MS = 1_000;
