/** The statuses of registries without the API. Those with the API have a list for any digest. */
const WITHOUT_API = new Set([400, 404, 405, 501]);

/** Whether the status of an answer means that the registry lacks the API of referrers. */
export function lacksReferrersApi(status: number): boolean {
  return WITHOUT_API.has(status);
}
