import { describe, expect, it } from 'vitest';
import { findChanges, mergePlans, planReloads } from './changes.ts';

const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, { content, mode: 0o644 }]));

describe('planReloads', () => {
  it('touches nothing when only a credential changed', () => {
    const changes = findChanges(
      tree({ 'secrets/credentials.json': '1', 'etc/nginx.conf': 'n' }),
      tree({ 'secrets/credentials.json': '2', 'etc/nginx.conf': 'n' }),
    );
    expect(changes).toEqual({ written: ['secrets/credentials.json'], removed: [] });
    expect(planReloads(changes)).toEqual({
      haproxy: false,
      nginx: false,
      rsyslog: false,
      supervisor: false,
      startEngines: [],
      stopEngines: [],
    });
  });

  it('starts, restarts and stops only the engines that are new, changed and gone', () => {
    const engine = (id: string) => `etc/supervisor/engines/${id}.conf`;
    const plan = planReloads(
      findChanges(
        tree({ [engine('same')]: '1', [engine('changed')]: '1', [engine('gone')]: '1' }),
        tree({ [engine('same')]: '1', [engine('changed')]: '2', [engine('new')]: '1' }),
      ),
    );
    expect(plan.startEngines).toEqual(['changed', 'new']);
    expect(plan.stopEngines).toEqual(['gone']);
    expect(plan.supervisor).toBe(false);
  });

  it('tells supervisord of a program other than an engine', () => {
    const file = 'etc/supervisor/supervisord.conf';
    const plan = planReloads(findChanges(tree({ [file]: '1' }), tree({ [file]: '2' })));
    expect(plan).toMatchObject({ supervisor: true, startEngines: [], stopEngines: [] });
  });
});

describe('mergePlans', () => {
  const plan = { haproxy: false, nginx: false, rsyslog: false, supervisor: false };

  it('takes the later plan for an engine, and both plans for all else', () => {
    const earlier = {
      ...plan,
      nginx: true,
      rsyslog: true,
      startEngines: ['a', 'b'],
      stopEngines: ['c', 'd'],
    };
    const later = { ...plan, haproxy: true, startEngines: ['c'], stopEngines: ['b', 'e'] };
    expect(mergePlans(earlier, later)).toEqual({
      haproxy: true,
      nginx: true,
      rsyslog: true,
      supervisor: false,
      startEngines: ['a', 'c'],
      stopEngines: ['d', 'b', 'e'],
    });
  });
});
