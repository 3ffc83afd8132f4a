export type { CloudLogin, CloudRegistry } from './cloud-login.ts';
export { type CloudLogins, createCloudLogins } from './create-cloud-logins.ts';
export type { CloudReply, CloudRequest, Send } from './send.ts';
