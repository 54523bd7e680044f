/** The built-in generator: plays SMTP sessions against a socket for some seconds and tells what they took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { parseConnectionSpec } from '../../src/protocol/connection-spec.ts';
import type { Idle, Result } from './measure.ts';
import { openSession, sessionPackets } from './played-session.ts';
import { cpuSeconds, memoryKilobytes, processTree } from './process-usage.ts';

/** The options of the generator in C, as far as the bench uses them. */
export async function generate(argv: readonly string[]): Promise<Result | Omit<Idle, 'idle'>> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      spec: { type: 'string', short: 's', default: '' },
      pid: { type: 'string', short: 'p', default: '0' },
      atATime: { type: 'string', short: 'c', default: '1' },
      body: { type: 'string', short: 'b', default: '4096' },
      seconds: { type: 'string', short: 'd', default: '1' },
      idle: { type: 'string', short: 'i' },
      stage: { type: 'string', short: 'S' },
      hold: { type: 'string', short: 't', default: '2' },
    },
  });
  const spec = parseConnectionSpec(values.spec);
  const processes = processTree(Number(values.pid));
  const before = cpuSeconds(processes);
  if (values.idle !== undefined) {
    const packets = sessionPackets(Number(values.body));
    const opened = Array.from({ length: Number(values.idle) }, () => openSession(spec));
    const sessions = await Promise.all(opened);
    await Promise.all(sessions.map((session) => session.play(packets, 'body')));
    await sleep(Number(values.hold) * 1000);
    const rss_kb = memoryKilobytes(processes, 'VmRSS');
    for (const session of sessions) session.close();
    return { rss_kb, cpu_s: cpuSeconds(processes) - before };
  }
  const packets = sessionPackets(Number(values.body));
  const times: number[] = [];
  let wrong = 0;
  const began = performance.now();
  const until = began + Number(values.seconds) * 1000;
  const work = async (): Promise<void> => {
    while (performance.now() < until) {
      const start = performance.now();
      const session = await openSession(spec);
      if (await session.play(packets, 'end')) times.push(performance.now() - start);
      else wrong += 1;
      session.close();
    }
  };
  await Promise.all(Array.from({ length: Number(values.atATime) }, work));
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const sessions = times.length + wrong;
  return {
    sessions,
    ok: times.length,
    sess_per_s: times.length / seconds,
    p50_ms: times[Math.floor(times.length * 0.5)] ?? 0,
    p99_ms: times[Math.floor(times.length * 0.99)] ?? 0,
    proxy_cpu_ms_per_sess: (1000 * (cpuSeconds(processes) - before)) / Math.max(1, sessions),
    proxy_peak_rss_kb: memoryKilobytes(processes, 'VmHWM'),
  };
}
