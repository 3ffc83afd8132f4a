import type { Fault } from './fault.ts';

/** Faults of the machine: disk, limits, ports. */
export const MACHINE_FAULTS = {
  'disk-full': {
    check: 'disk',
    severity: 'error',
    meaning: 'The disk of the store is full. Nothing new is kept.',
    accepted: 'free space',
    advice: 'make room on the disk, or lower CLEANER_MAXSIZE',
  },
  'disk-small': {
    check: 'disk',
    severity: 'warning',
    meaning:
      'The store may grow to `CLEANER_MAXSIZE` and the threshold above it, and the disk has no room for that.',
    accepted: 'room for CLEANER_MAXSIZE, CLEANER_THRESHOLD_PERCENTAGE and CLEANER_MIN_FREE',
    advice: 'lower CLEANER_MAXSIZE, or give the store a larger disk',
  },
  'inodes-gone': {
    check: 'disk',
    severity: 'error',
    meaning:
      'The filesystem of the store has no inodes left, so no file can be made whatever space is free.',
    accepted: 'free inodes',
    advice: 'remove small files, or make the filesystem with more inodes: `mkfs.ext4 -i 8192`',
  },
  'store-read-only': {
    check: 'disk',
    severity: 'error',
    meaning: 'The store is mounted read-only. Nothing is kept.',
    accepted: 'a volume that can be written to',
    advice: 'remove `:ro` from the volume; look for errors of the disk: `dmesg`',
  },
  'store-forbidden': {
    check: 'disk',
    severity: 'error',
    meaning: 'The user of the programs may not write to the store.',
    accepted: 'a folder that the user of the container may write to',
    advice: '`chown --recursive` the folder, or set `fsGroup`; with SELinux add `:z` to the volume',
  },
  'store-missing': {
    check: 'disk',
    severity: 'error',
    meaning: 'The folder of the store is not there, or is no folder.',
    accepted: 'a folder',
    advice: 'mount a volume at REGISTRYDIR',
  },
  'store-no-links': {
    check: 'disk',
    severity: 'error',
    meaning: 'The filesystem has no symbolic links, and the store needs them.',
    accepted: 'a filesystem with symbolic links, such as ext4 or xfs',
    advice: 'put the store on another filesystem',
  },
  'store-split': {
    check: 'disk',
    severity: 'error',
    meaning:
      'Folders of the store are on different filesystems. A fetched blob cannot be moved into its place.',
    accepted: 'one filesystem for the whole store',
    advice: 'mount one volume at REGISTRYDIR, and none below it',
  },
  'memory-small': {
    check: 'machine',
    severity: 'warning',
    meaning: 'The programs need some 320 MiB at rest, and more for each request.',
    accepted: '512 MiB or more',
    advice: 'raise the limit: `podman run --memory 1g`, or `resources.limits.memory`',
  },
  'memory-killed': {
    check: 'machine',
    severity: 'warning',
    meaning: 'The kernel has killed programs of this container because its memory was used up.',
    accepted: 'a limit that the programs stay below',
    advice: 'raise the limit: `podman run --memory 1g`, or `resources.limits.memory`',
  },
  'open-files-few': {
    check: 'machine',
    severity: 'warning',
    meaning: 'Each connection needs several open files, so few clients are served at once.',
    accepted: '4096 or more, as hard limit',
    advice: 'raise it: `podman run --ulimit nofile=65536:65536`',
  },
  'processes-few': {
    check: 'machine',
    severity: 'warning',
    meaning: 'The container may have so few processes and threads that programs fail to start.',
    accepted: '256 or more',
    advice: 'raise it: `podman run --pids-limit 2048`',
  },
  'port-taken': {
    check: 'ports',
    severity: 'error',
    meaning: 'Another program listens where the cache has to, so the cache cannot start.',
    accepted: 'a port that is free',
    advice: 'find the program by `ss --listening --tcp --processes`, or choose another port',
  },
  'port-forbidden': {
    check: 'ports',
    severity: 'error',
    meaning: 'The user of the programs may not listen on that port.',
    accepted: 'a port that the user may take',
    advice: 'choose a port from 1024 on, or `--sysctl net.ipv4.ip_unprivileged_port_start=0`',
  },
  'address-foreign': {
    check: 'ports',
    severity: 'error',
    meaning: 'The address of a listener is none of this machine or container.',
    accepted: 'an address that this machine has',
    advice: 'write `:PORT` for every address',
  },
} as const satisfies Readonly<Record<string, Fault>>;
