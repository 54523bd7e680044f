import type { Socket } from 'node:net';
import { scriptedMilter, type Script, type ScriptedMilter } from './scripted-milter.ts';

/** Runs `use` with a scripted milter, and ends the milter whatever happens. */
export async function withMilter<T>(
  script: Script,
  use: (milter: ScriptedMilter) => Promise<T>,
  write?: (socket: Socket, bytes: Buffer) => void,
): Promise<T> {
  const milter = await scriptedMilter(script, write);
  try {
    return await use(milter);
  } finally {
    await milter.close();
  }
}
