import { deploy } from './deploy.ts';
import { readSettings } from './settings.ts';

const { release, binding } = deploy(readSettings());

/** The names under which `pulumi stack output` tells them. */
export const releaseName = release.name;
export const workloadIdentityMember = binding.member;
