/**
 * Whether the filesystem that holds a path is mounted read-only, by the text of
 * /proc/self/mountinfo (proc_pid_mountinfo(5)). Of mounts that hold it the longest counts, and of
 * equal ones the last.
 */
export function isReadOnly(mountinfo: string, path: string): boolean {
  let longest = '';
  let options = '';
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , , escaped, own = ''] = left.split(' ');
    if (escaped === undefined) continue;
    const mount = escaped.replace(/\\([0-7]{3})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    const isAbove = mount === '/' || path === mount || path.startsWith(`${mount}/`);
    if (!isAbove || mount.length < longest.length) continue;
    longest = mount;
    // The mount may be read-only, or the whole filesystem.
    options = `${own},${right.split(' ')[2] ?? ''}`;
  }
  return options.split(',').includes('ro');
}
