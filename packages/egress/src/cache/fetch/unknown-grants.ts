/** The bytes that were granted to all running fetches of unknown size together. */
export class UnknownGrants {
  bytes = 0;
}
