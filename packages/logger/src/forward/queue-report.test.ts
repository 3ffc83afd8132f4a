import { describe, expect, it } from 'vitest';
import { CollectorNews } from './collector-news.ts';
import { QueueReport } from './queue-report.ts';

const line = (name: string, size: number, full: number) =>
  `{ "name": "${name}", "origin": "core.queue", "size": ${size}, "enqueued": 9, "full": ${full}, "discarded.full": ${full}, "discarded.nf": 0, "maxqsize": 9 }`;

describe('the report of rsyslog', () => {
  it('adds the parts of a queue in memory and on disk', () => {
    const report = new QueueReport();
    expect(report.add(line('collector-1 queue[DA]', 5, 2))).toBe('collector-1');
    expect(report.add(line('collector-1 queue', 3, 1))).toBe('collector-1');
    expect(report.stateOf('collector-1')).toEqual({ queued: 8, dropped: 3 });
  });

  it('counts on when a new process of rsyslog begins at 0', () => {
    const report = new QueueReport();
    for (const dropped of [7, 0, 2, 5]) report.add(line('collector-1 queue', 0, dropped));
    expect(report.stateOf('collector-1').dropped).toBe(12);
  });

  it('counts lines that came and are not there, while the disk takes none', () => {
    const report = new QueueReport();
    const onDisk = (size: number, enqueued: number) =>
      report.add(
        JSON.stringify({
          name: 'collector-1 queue[DA]',
          size,
          enqueued,
          'discarded.full': 0,
          'discarded.nf': 0,
        }),
      );
    const unwritten = (queue: string) => report.add(JSON.stringify({ unwritten: queue }));
    onDisk(5, 5);
    expect(unwritten('collector-1')).toBeUndefined();
    onDisk(7, 10);
    expect(report.stateOf('collector-1')).toEqual({ queued: 7, dropped: 3 });
    // The lines that were there before are sent.
    unwritten('collector-1');
    onDisk(1, 10);
    expect(report.stateOf('collector-1')).toEqual({ queued: 1, dropped: 3 });
    // Sent lines are not there either. A report of another queue, or of none, changes nothing.
    unwritten('collector-2');
    unwritten('');
    onDisk(0, 12);
    expect(report.stateOf('collector-1')).toEqual({ queued: 0, dropped: 3 });
    // A new process of rsyslog has lines of the one before.
    unwritten('collector-1');
    onDisk(6, 1);
    expect(report.stateOf('collector-1')).toEqual({ queued: 6, dropped: 3 });
  });

  it('ignores other lines', () => {
    const report = new QueueReport();
    const others = [
      '',
      '{',
      '[]',
      'null',
      '{"name":"collector-1"}',
      '{"name":"collector-1 queue"}',
    ];
    expect(others.map((other) => report.add(other)).filter(Boolean)).toEqual([]);
  });

  it('becomes metrics with the address of each collector', () => {
    const report = new QueueReport();
    report.add(line('collector-2 queue', 4, 6));
    const metrics = report.buildMetrics({
      'collector-1': 'tcp://a.test:514',
      'collector-2': 'tls://b.test:6514',
    });
    const shown = metrics.map(({ name, labels, value }) => [name, labels?.collector, value]);
    expect(shown).toEqual([
      ['registry_cache_log_forward_dropped_total', 'tcp://a.test:514', 0],
      ['registry_cache_log_forward_dropped_total', 'tls://b.test:6514', 6],
      ['registry_cache_log_forward_queued_lines', 'tcp://a.test:514', 0],
      ['registry_cache_log_forward_queued_lines', 'tls://b.test:6514', 4],
    ]);
  });
});

describe('the news of a collector', () => {
  const listNews = (...states: readonly (readonly [queued: number, dropped: number])[]) => {
    const news = new CollectorNews();
    return states.map(([queued, dropped]) => news.next({ queued, dropped }));
  };

  it('are told once each, and again after it has caught up', () => {
    const away = [
      [1, 0],
      [4, 0],
      [9, 0],
      [9, 3],
      [9, 8],
      [0, 8],
    ] as const;
    const told = [undefined, 'waits', undefined, 'drops', undefined, 'caught-up'];
    expect(listNews(...away)).toEqual(told);
    expect(listNews(...away, [0, 8], [2, 8], [3, 8]).slice(6)).toEqual([
      undefined,
      undefined,
      'waits',
    ]);
  });

  it('are none while a queue gets shorter', () => {
    expect(listNews([0, 0], [90, 0], [50, 0], [0, 0])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
