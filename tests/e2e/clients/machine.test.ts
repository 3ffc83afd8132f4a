import { readdir, readFile } from 'node:fs/promises';
import { type DebianSuite, openMachine, until } from '@registry-cache/testbed';
import { describe, expect, it } from 'vitest';

const SUITES: DebianSuite[] = ['bookworm', 'trixie', 'sid'];
const HOSTS = { 'cache.test': '192.0.2.1' };

describe.each(SUITES)('a machine of %s', (suite) => {
  it('is Debian, and resolves the hosts that it was given', async () => {
    await using machine = await openMachine({ suite, hosts: HOSTS });
    const { stdout } = await machine.run('sh', ['-c', '. /etc/os-release; echo "$ID"']);
    expect(stdout).toBe('debian');
    expect(await machine.run('getent', ['hosts', 'cache.test'])).toMatchObject({ exitCode: 0 });
    expect(await machine.run('getent', ['hosts', 'quay.io'])).not.toMatchObject({ exitCode: 0 });
  });

  it('keeps its files to itself, and removes them at its end', async () => {
    const file = '/etc/containers/registries.conf.d/mark.conf';
    await using other = await openMachine({ suite, hosts: HOSTS });
    {
      await using machine = await openMachine({ suite, hosts: HOSTS });
      await machine.write(file, 'mark');
      expect((await machine.run('cat', [file])).stdout).toBe('mark');
      await expect(other.read(file)).rejects.toThrow('ENOENT');
    }
    await using next = await openMachine({ suite, hosts: HOSTS });
    await expect(next.read(file)).rejects.toThrow('ENOENT');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('ends its daemons when it ends', async () => {
    const machine = await openMachine({ suite, hosts: HOSTS });
    const mark = `3600.${process.pid}`;
    await machine.start('sleeper', 'sleep', [mark]);
    await until('it sleeps', async () => (await listCommands()).includes(`sleep ${mark}`));
    await machine.stop();
    expect(await listCommands()).not.toContain(`sleep ${mark}`);
  });
});

/** The commands of all processes here: a machine has no process table of its own. */
async function listCommands(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const commands = await Promise.all(pids.map(read));
  return commands.map((command) => command.replaceAll('\0', ' ').trim());
}
