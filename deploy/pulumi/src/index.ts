import { deploy } from './deploy.ts';
import { readSettings } from './settings.ts';

export const { releaseName, workloadIdentityMember } = deploy(readSettings());
