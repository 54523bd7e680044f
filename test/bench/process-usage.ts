/** CPU and memory of processes, from Linux' /proc; 0 where there is none. */
import { readFileSync } from 'node:fs';

/** Of the fields of /proc/PID/stat. */
const TICKS_PER_SECOND = 100;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** A process and its children. */
export function processTree(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim();
  return children === '' ? [pid] : [pid, ...children.split(' ').map(Number)];
}

/** User and system time so far. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const stat = read(`/proc/${pid}/stat`);
    // After the name in parentheses, which may hold anything: state, then utime and stime as the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** @param what `VmRSS`, or `VmHWM` for the peak */
export function memoryKilobytes(pids: readonly number[], what: 'VmRSS' | 'VmHWM'): number {
  let sum = 0;
  for (const pid of pids) {
    const found = new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/status`));
    sum += Number(found?.[1] ?? 0);
  }
  return sum;
}
