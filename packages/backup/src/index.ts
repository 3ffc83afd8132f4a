export type { KeyName } from './layout.ts';
export { type RestoredBackup, restoreBackup } from './read/restore-backup.ts';
export { syncFilesystem } from './read/sync-filesystem.ts';
export { type BackupOptions, writeBackup } from './write/write-backup.ts';
