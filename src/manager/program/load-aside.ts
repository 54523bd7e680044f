/**
 * Reads the configuration in a thread of its own: to look through the host's services and programs takes longer than
 * any session may be held up.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { SetupError } from '../../host/setup-error.ts';
import { ConfigurationError, type Configuration } from '../../manager-config/config.ts';
import { configurationLoader, type Overrides } from '../../manager-config/load.ts';
import type { Memory } from '../../manager-config/remembering-reader.ts';
import {
  packConfiguration,
  unpackConfiguration,
  type PackedConfiguration,
} from './config-parcel.ts';

interface Order {
  readonly overrides: Overrides;
  readonly memory: Memory;
}

type Found = { readonly packed: PackedConfiguration } | { readonly failure: string };

/**
 * @param memory what was read when the manager had other rights
 * @throws SetupError where it cannot be read
 */
export async function loadAside(overrides: Overrides, memory: Memory): Promise<Configuration> {
  const order: Order = { overrides, memory };
  // The same program, which calls `answerAside`. Nothing of the command line: that is in the order.
  const thread = new Worker(process.argv[1]!, { workerData: order, argv: [] });
  thread.unref();
  const found = await new Promise<Found>((resolve) => {
    thread.once('message', resolve);
    thread.once('error', (error: Error) => resolve({ failure: error.message }));
    thread.once('exit', (code) => resolve({ failure: `the thread ended with ${code}` }));
  });
  if ('failure' in found) throw new SetupError({ code: 'unreadable', message: found.failure });
  return unpackConfiguration(found.packed);
}

/** The thread's part. @returns false where this is no such thread */
export function answerAside(): boolean {
  if (isMainThread) return false;
  const { overrides, memory } = workerData as Order;
  parentPort!.postMessage(answer(overrides, withBuffers(memory)));
  return true;
}

function answer(overrides: Overrides, memory: Memory): Found {
  try {
    return { packed: packConfiguration(configurationLoader(overrides, memory)()) };
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof SetupError)) throw error;
    return { failure: error.message };
  }
}

/** A buffer comes to another thread as an array of bytes. */
function withBuffers(memory: Memory): Memory {
  const whole = [...memory].map(([key, seen]): [string, unknown] => [
    key,
    seen instanceof Uint8Array ? Buffer.from(seen.buffer, seen.byteOffset, seen.length) : seen,
  ]);
  return new Map(whole);
}
